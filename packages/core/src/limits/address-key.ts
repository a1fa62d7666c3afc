import ipaddr from 'ipaddr.js';

/**
 * What an IP address is counted under: an IPv4 address by itself, also when it is mapped into IPv6; an IPv6 address by
 * its /64, since one customer usually has all of it.
 */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = new ipaddr.IPv6([...parsed.toByteArray().slice(0, 8), ...Array<number>(8).fill(0)]);
  return `${network.toString()}/64`;
}
