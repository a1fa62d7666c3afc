import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createRoom } from '../src/turns/room.ts';
import { watchTaking } from '../src/turns/taking.ts';

/** A connection whose peer takes what it was given only when told to. */
function reader() {
  const taken: (() => void)[] = [];
  const socket = new Writable({ highWaterMark: 4, write: (_bytes, _encoding, done) => taken.push(done) });
  return { socket, take: () => taken.shift()?.() };
}

describe('what is held for a party', () => {
  it('is counted over all its connections, with the answers that are being made', () => {
    const room = createRoom(100);
    const [one, other] = [reader(), reader()];
    const letGo = room.hold('ada', one.socket);
    room.hold('ada', other.socket);
    one.socket.write('x'.repeat(30));
    other.socket.write('x'.repeat(20));
    const made = room.make('ada', 10);
    expect(room.bytes('ada')).toBe(60);
    made();
    made();
    letGo();
    expect(room.bytes('ada')).toBe(20);
    expect(room.bytes('bob')).toBe(0);
  });

  it('holds up its own next answers until it has read, and nobody else', async () => {
    const room = createRoom(100);
    const slow = reader();
    room.hold('ada', slow.socket);
    slow.socket.write('x'.repeat(91));
    const woken = Promise.withResolvers<void>();
    expect(room.whenRoom('ada', 10, woken.resolve)).not.toBeNull();
    expect(room.whenRoom('bob', 10, () => {})).toBeNull();
    slow.take();
    await woken.promise;
    expect(room.bytes('ada')).toBe(0);
  });

  it('lets the waiting on one by one, in their order, as far as there is room', () => {
    const room = createRoom(20);
    const first = room.make('ada', 10);
    room.make('ada', 10);
    const order: number[] = [];
    for (const place of [1, 2, 3]) {
      room.whenRoom('ada', 10, () => {
        order.push(place);
        room.make('ada', 10);
      });
    }
    expect(order).toEqual([]);
    first();
    expect(order).toEqual([1]);
    expect(room.bytes('ada')).toBe(20);
  });

  it('lets nobody overtake who waits, for want of room for many, with an answer that would have had room', () => {
    const room = createRoom(50);
    const made = room.make('ada', 30);
    const order: string[] = [];
    expect(room.whenRoom('ada', 30, () => order.push('many'))).not.toBeNull();
    expect(room.whenRoom('ada', 10, () => order.push('one'))).not.toBeNull();
    made();
    expect(order).toEqual(['many', 'one']);
  });

  it('has always room for a party for whom nothing is held, however much it wants', () => {
    const room = createRoom(50);
    expect(room.whenRoom('ada', 90, () => {})).toBeNull();
    const made = room.make('ada', 30);
    expect(room.bytes('ada')).toBe(30);
    expect(room.whenRoom('ada', 20, () => {})).toBeNull();
    let woken = 0;
    const wake = () => {
      woken += 1;
    };
    expect(room.whenRoom('ada', 30, wake)).not.toBeNull();
    made();
    expect([woken, room.bytes('ada')]).toEqual([1, 0]);
  });

  it('gives each who waits its room before it asks the next, and forgets who has left', async () => {
    const room = createRoom(20);
    const stays = new AbortController();
    const leaves = new AbortController();
    const first = await room.take('ada', 20, stays.signal);
    const waiting = [stays, leaves, stays, stays].map(({ signal }) => room.take('ada', 10, signal));
    leaves.abort();
    first?.();
    expect(room.bytes('ada')).toBe(20);
    expect(await waiting[1]).toBeNull();
    (await waiting[0])?.();
    expect(room.bytes('ada')).toBe(20);
  });
});

describe('a watch on a peer', () => {
  it('counts from the last part that the peer took, and from nothing while nothing waits', () => {
    const { socket, take } = reader();
    const taking = watchTaking(socket);
    expect(taking.stuckMs(1_000)).toBe(0);
    socket.write('one');
    socket.write('two');
    expect(taking.stuckMs(2_000)).toBe(0);
    expect(taking.stuckMs(5_000)).toBe(3_000);
    take();
    expect(taking.stuckMs(6_000)).toBe(0);
    expect(taking.stuckMs(7_000)).toBe(1_000);
  });

  it('sees a large piece being taken in parts', () => {
    const { socket } = reader();
    const handle = { writeQueueSize: 900 };
    Reflect.set(socket, '_handle', handle);
    const taking = watchTaking(socket);
    socket.write('x'.repeat(1_000));
    taking.stuckMs(1_000);
    handle.writeQueueSize = 800;
    expect(taking.stuckMs(9_000)).toBe(0);
    expect(taking.stuckMs(9_500)).toBe(500);
  });
});
