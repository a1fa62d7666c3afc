import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { createSocketGate } from '../src/sockets/socket-gate.ts';

/** A socket with room for 4 bytes that takes what it was given only when told to. */
function slowSocket() {
  const taken: (() => void)[] = [];
  const socket = new Writable({ highWaterMark: 4, write: (_bytes, _encoding, done) => taken.push(done) });
  return { socket, take: () => taken.shift()?.() };
}
const never = () => new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the gate of a socket', () => {
  it('is open while there is room', () => {
    const { socket } = slowSocket();
    const gate = createSocketGate(socket);
    socket.write('abc');
    expect(gate.ready(never())).toBeUndefined();
  });

  it('lets one after another through once the socket is empty', async () => {
    const { socket, take } = slowSocket();
    const gate = createSocketGate(socket);
    socket.write('abcd');
    const order: string[] = [];
    const first = gate.ready(never())?.then(() => {
      order.push('first');
      socket.write('efgh');
    });
    const second = gate.ready(never())?.then(() => order.push('second'));
    take();
    await first;
    await turn();
    await turn();
    expect(order).toEqual(['first']);
    take();
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  it('holds nobody back whose subscription or socket has ended', async () => {
    const { socket } = slowSocket();
    const gate = createSocketGate(socket);
    socket.write('abcd');
    const gone = new AbortController();
    const left = gate.ready(gone.signal);
    const stays = gate.ready(never());
    gone.abort();
    await left;
    socket.destroy();
    await once(socket, 'close');
    await stays;
    expect(gate.ready(never())).toBeUndefined();
  });
});
