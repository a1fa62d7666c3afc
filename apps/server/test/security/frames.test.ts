import { defaultHostConfig } from '@amanda/host';
import { startTestServer, type TestServer } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { closeFrame, frame, rawSocket } from './frames.ts';
import { at } from './typed-error.ts';

/** Cases in the manner of the Autobahn test suite, by hand, against the upgrade path of the host. */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const most = defaultHostConfig.sockets.maxPayload;
const [continuation, text, binary, close, ping, pong] = [0, 1, 2, 8, 9, 10];
const call = '{"id":1,"method":"query","params":{"path":"system.info","input":{}}}';
const bytes = (hex: string) => Buffer.from(hex, 'hex');

type Case = readonly [name: string, frames: readonly Buffer[], code: number];

describe('a frame that breaks the protocol ends its socket', () => {
  it.each<Case>([
    ['without a mask', [frame({ opcode: text, payload: call, masked: false })], 1002],
    ...[1, 2, 4, 7].map(
      (reserved) =>
        [`with reserved bits ${reserved}`, [frame({ opcode: text, payload: call, reserved })], 1002] as const,
    ),
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
      (opcode) => [`with opcode ${opcode}`, [frame({ opcode })], 1002] as const,
    ),
    ['that is a ping of 126 bytes', [frame({ opcode: ping, payload: 'x'.repeat(126) })], 1002],
    ['that is a close of 126 bytes', [closeFrame(1000, 'x'.repeat(124))], 1002],
    ['that is a ping in parts', [frame({ opcode: ping, fin: false })], 1002],
    ['that continues nothing', [frame({ opcode: continuation, payload: 'x' })], 1002],
    [
      'that begins a message within another',
      [frame({ opcode: text, fin: false }), frame({ opcode: text })],
      1002,
    ],
    ['that closes with one byte', [frame({ opcode: close, payload: 'x' })], 1002],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map(
      (code) => [`that closes with ${code}`, [closeFrame(code)], 1002] as const,
    ),
    ['that closes for a reason that is no UTF-8', [closeFrame(1000, bytes('c328'))], 1007],
    ...['c328', 'c0af', 'eda080', 'f4908080', 'f8a1a1a1', 'ff', 'e282'].map(
      (hex) => [`of text that is ${hex}`, [frame({ opcode: text, payload: bytes(hex) })], 1007] as const,
    ),
    [
      'of text that breaks in its second part',
      [
        frame({ opcode: text, fin: false, payload: bytes('ce') }),
        frame({ opcode: continuation, payload: bytes('41') }),
      ],
      1007,
    ],
    ['that announces one byte too much', [frame({ opcode: text, length: BigInt(most + 1) })], 1009],
    ['that announces 2^53 bytes', [frame({ opcode: text, length: 2n ** 53n })], 1009],
    ['that announces 2^63 bytes', [frame({ opcode: binary, length: 2n ** 63n })], 1009],
    [
      'that is too much together with others',
      [
        frame({ opcode: text, fin: false, payload: 'x'.repeat(most - 1000) }),
        frame({ opcode: continuation, payload: 'x'.repeat(1001) }),
      ],
      1009,
    ],
  ])('%s', async (_name, frames, code) => {
    using socket = await rawSocket(server.port);
    socket.tcp.write(Buffer.concat([...frames]));
    expect(await socket.closeCode()).toBe(code);
  });
});

describe('a frame that keeps to the protocol', () => {
  it('may be a ping of 125 bytes, which comes back', async () => {
    using socket = await rawSocket(server.port);
    const payload = Buffer.alloc(125, 7);
    socket.tcp.write(frame({ opcode: ping, payload }));
    expect(await socket.next()).toEqual({ opcode: pong, payload });
  });

  it('may come byte by byte, in parts, between pings and pongs that nobody asked for', async () => {
    using socket = await rawSocket(server.port);
    socket.tcp.setNoDelay(true);
    const parts = Array.from(call).map((letter, index, all) =>
      frame({ opcode: index === 0 ? text : continuation, fin: index === all.length - 1, payload: letter }),
    );
    const mixed = parts.flatMap((part) => [frame({ opcode: pong, payload: 'x' }), part]);
    for (const byte of Buffer.concat(mixed)) socket.tcp.write(Buffer.of(byte));
    const answer = await socket.next();
    expect(at(JSON.parse(String(answer?.payload)), 'id')).toBe(1);
  });

  it.each([1000, 1001, 1003, 1007, 1011, 3000, 4999])('may close with %d, which comes back', async (code) => {
    using socket = await rawSocket(server.port);
    socket.tcp.write(closeFrame(code));
    expect(await socket.closeCode()).toBe(code);
  });
});

describe('a socket that is flooded', () => {
  it('with 20,000 pings keeps nobody else waiting', async () => {
    using flooding = await rawSocket(server.port);
    const flood = Array.from({ length: 20_000 }, () => frame({ opcode: ping, payload: 'x' }));
    flooding.tcp.write(Buffer.concat(flood));
    using other = await rawSocket(server.port);
    other.tcp.write(frame({ opcode: text, payload: call }));
    expect((await other.next())?.opcode).toBe(text);
  });

  it('with fragments by the thousand is closed before they fill the memory', async () => {
    using socket = await rawSocket(server.port);
    const part = frame({ opcode: continuation, fin: false });
    socket.tcp.write(
      Buffer.concat([frame({ opcode: text, fin: false }), ...Array.from({ length: 20_000 }, () => part)]),
    );
    expect(await socket.closeCode()).toBe(1008);
  });
});
