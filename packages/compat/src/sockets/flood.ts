import type { Connection } from './gate.ts';
import type { SocketLimits } from './limits.ts';

/**
 * Cuts a connection that brings too many packets at once, as one body of polling may, or asks on and on without taking
 * what it is answered. To the client the link has broken: it comes back.
 * @param onCut called once, before the cut
 */
export function boundPackets(
  connection: Connection,
  limits: Pick<SocketLimits, 'packetsAtOnce' | 'packetsUnread'>,
  onCut: () => void,
): void {
  let packets = 0;
  let unread = 0;
  const forget = () => {
    packets = 0;
  };
  connection.on('packetCreate', () => {
    unread += 1;
  });
  connection.on('flush', () => {
    unread = 0;
  });
  connection.on('packet', () => {
    if (packets === 0) setImmediate(forget);
    packets += 1;
    if (packets <= limits.packetsAtOnce && unread <= limits.packetsUnread) return;
    onCut();
    connection.close(true);
  });
}
