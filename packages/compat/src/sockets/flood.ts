import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from './gate.ts';
import type { SocketLimits } from './limits.ts';

/**
 * Cuts a connection that brings too many packets at once, as several bodies of polling may, or asks on and on without
 * taking what it is answered. To the client the link has broken: it comes back.
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

/** What parts the packets of a body (Engine.IO 4). */
const separator = 0x1e;

/**
 * Counts the packets of a body of polling while it comes in, for Engine.IO takes a whole body apart before it looks at
 * any of it. Call it right before Engine.IO begins to read. A body with too many is answered 413, as one that is too long,
 * and Engine.IO gets nothing of it; its connection ends with the request.
 */
export function boundBody(
  exchange: { request: IncomingMessage; response: ServerResponse },
  { packetsAtOnce }: Pick<SocketLimits, 'packetsAtOnce'>,
): void {
  const { request, response } = exchange;
  let packets = 1;
  request.on('data', (chunk: Buffer | string) => {
    // Engine.IO has refused it already, for another reason; the rest of the body is dropped.
    if (response.headersSent) return;
    // A separator is one byte, and no part of another character, in UTF-8.
    for (const byte of Buffer.from(chunk)) if (byte === separator) packets += 1;
    if (packets <= packetsAtOnce) return;
    // What Engine.IO has read so far goes with its listeners; to the one that is left, for `close`, the body broke off.
    request.removeAllListeners('data');
    request.removeAllListeners('end');
    request.resume();
    response.writeHead(413).end();
  });
}
