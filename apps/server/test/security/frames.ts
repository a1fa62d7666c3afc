import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** The parts of a WebSocket frame (RFC 6455, section 5.2), each of which may be wrong. */
export interface FrameParts {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  /** Default true. */
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number;
  /** Clients must mask; default true. */
  readonly masked?: boolean;
  /** The length that the header announces; the payload's own when absent. */
  readonly length?: bigint;
}

/** Writes one frame. */
export function frame(parts: FrameParts): Buffer {
  const { opcode, fin = true, reserved = 0, masked = true } = parts;
  const payload = Buffer.from(parts.payload ?? '');
  const length = parts.length ?? BigInt(payload.length);
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const mark = masked ? 0x80 : 0;
  if (length < 126n) head.push(mark | Number(length));
  else if (length < 65_536n) head.push(mark | 126, Number(length >> 8n), Number(length & 0xffn));
  else
    head.push(
      mark | 127,
      ...Array.from({ length: 8 }, (_, at) => Number((length >> BigInt(56 - 8 * at)) & 0xffn)),
    );
  if (!masked) return Buffer.concat([Buffer.from(head), payload]);
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from(head), key, payload.map((byte, at) => byte ^ (key[at % 4] ?? 0))]);
}

/** A close frame with a code and a reason. */
export const closeFrame = (code: number, reason: Buffer | string = ''): Buffer => {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame({ opcode: 8, payload: Buffer.concat([payload, Buffer.from(reason)]) });
};

/** A frame that the server sent. */
export interface Received {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A WebSocket of which the test writes every byte. */
export interface RawSocket extends Disposable {
  readonly tcp: Socket;
  /** The next frame of the server; null when the connection has ended without another one. */
  next(): Promise<Received | null>;
  /** The code of the close frame that comes next but for other frames; null when the server just hung up. */
  closeCode(): Promise<number | null>;
}

/** Opens a connection and upgrades it. @throws when the upgrade is refused */
export async function rawSocket(
  port: number,
  options: { path?: string; headers?: string[] } = {},
): Promise<RawSocket> {
  const tcp = connect({ port, host: '127.0.0.1' });
  tcp.on('error', () => {});
  const lines = [
    `GET ${options.path ?? '/trpc'} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(options.headers ?? []),
  ];
  tcp.write(`${lines.join('\r\n')}\r\n\r\n`);
  const frames = framesOf(tcp);
  return {
    tcp,
    async next() {
      const { value } = await frames.next();
      return value ?? null;
    },
    async closeCode() {
      for await (const { opcode, payload } of frames)
        if (opcode === 8) return payload.length < 2 ? 1005 : payload.readUInt16BE();
      return null;
    },
    [Symbol.dispose]: () => tcp.destroy(),
  };
}

async function* framesOf(tcp: Socket): AsyncGenerator<Received, void, undefined> {
  let rest = Buffer.alloc(0);
  let upgraded = false;
  try {
    for await (const chunk of tcp) {
      rest = Buffer.concat([rest, chunk]);
      if (!upgraded) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) continue;
        if (!rest.toString('latin1').startsWith('HTTP/1.1 101 ')) return;
        upgraded = true;
        rest = rest.subarray(end + 4);
      }
      for (let found = cut(rest); found !== null; found = cut(rest)) {
        rest = rest.subarray(found.size);
        yield found.frame;
      }
    }
  } catch {
    // A reset is an end like another.
  }
}

function cut(bytes: Buffer): { frame: Received; size: number } | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const short = second & 0x7f;
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < start) return null;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < start + length) return null;
  return {
    frame: { opcode: first & 0x0f, payload: bytes.subarray(start, start + length) },
    size: start + length,
  };
}
