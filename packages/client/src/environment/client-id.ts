/**
 * A random UUID (RFC 9562, version 4) that names one call for ever. Browsers have `randomUUID` only on secure pages,
 * and a server in the home network is often reached over plain HTTP.
 */
export function newClientId(): string {
  const source: {
    randomUUID?: () => string;
    getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array;
  } = crypto;
  if (source.randomUUID !== undefined) return source.randomUUID();
  const bytes = source.getRandomValues(new Uint8Array(16));
  const digits = Array.from(bytes, (byte, index) => {
    if (index === 6) return ((byte & 0x0f) | 0x40).toString(16).padStart(2, '0');
    if (index === 8) return ((byte & 0x3f) | 0x80).toString(16).padStart(2, '0');
    return byte.toString(16).padStart(2, '0');
  });
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
