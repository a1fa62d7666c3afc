import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { watchTaking } from '../src/turns/taking.ts';
import { createUnread } from '../src/turns/unread.ts';

/** A connection whose peer takes what it was given only when told to. */
function reader() {
  const taken: (() => void)[] = [];
  const socket = new Writable({ highWaterMark: 4, write: (_bytes, _encoding, done) => taken.push(done) });
  return { socket, take: () => taken.shift()?.() };
}

describe('what a party leaves unread', () => {
  it('is counted over all its connections, with the answers that are being made', () => {
    const unread = createUnread({ unreadBytes: 100, answerBytes: 10 });
    const [one, other] = [reader(), reader()];
    const letGo = unread.hold('ada', one.socket);
    unread.hold('ada', other.socket);
    one.socket.write('x'.repeat(30));
    other.socket.write('x'.repeat(20));
    const made = unread.make('ada');
    expect(unread.bytes('ada')).toBe(60);
    made();
    made();
    letGo();
    expect(unread.bytes('ada')).toBe(20);
    expect(unread.bytes('bob')).toBe(0);
  });

  it('holds up its own next answers until it has read, and nobody else', async () => {
    const unread = createUnread({ unreadBytes: 100, answerBytes: 10 });
    const slow = reader();
    unread.hold('ada', slow.socket);
    slow.socket.write('x'.repeat(91));
    const woken = Promise.withResolvers<void>();
    expect(unread.whenRoom('ada', woken.resolve)).not.toBeNull();
    expect(unread.whenRoom('bob', () => {})).toBeNull();
    slow.take();
    await woken.promise;
    expect(unread.bytes('ada')).toBe(0);
  });

  it('lets the waiting on one by one, in their order, as far as there is room', () => {
    const unread = createUnread({ unreadBytes: 20, answerBytes: 10 });
    const first = unread.make('ada');
    unread.make('ada');
    const order: number[] = [];
    for (const place of [1, 2, 3]) {
      unread.whenRoom('ada', () => {
        order.push(place);
        unread.make('ada');
      });
    }
    expect(order).toEqual([]);
    first();
    expect(order).toEqual([1]);
    expect(unread.bytes('ada')).toBe(20);
  });

  it('lets nobody overtake who waits, for want of room for many, with an answer that would have had room', () => {
    const unread = createUnread({ unreadBytes: 50, answerBytes: 10 });
    const made = unread.make('ada', 3);
    const order: string[] = [];
    expect(unread.whenRoom('ada', () => order.push('many'), 3)).not.toBeNull();
    expect(unread.whenRoom('ada', () => order.push('one'), 1)).not.toBeNull();
    made();
    expect(order).toEqual(['many', 'one']);
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

  it('counts an answer as many, and always makes one for a party that holds nothing', () => {
    const unread = createUnread({ unreadBytes: 50, answerBytes: 10 });
    expect(unread.whenRoom('ada', () => {}, 9)).toBeNull();
    const made = unread.make('ada', 3);
    expect(unread.bytes('ada')).toBe(30);
    expect(unread.whenRoom('ada', () => {}, 2)).toBeNull();
    let woken = 0;
    const wake = () => {
      woken += 1;
    };
    expect(unread.whenRoom('ada', wake, 3)).not.toBeNull();
    made();
    expect([woken, unread.bytes('ada')]).toEqual([1, 0]);
  });

  it('gives each who waits its room before it asks the next, and forgets who has left', async () => {
    const unread = createUnread({ unreadBytes: 20, answerBytes: 10 });
    const stays = new AbortController();
    const leaves = new AbortController();
    const first = await unread.take('ada', 2, stays.signal);
    const waiting = [stays, leaves, stays, stays].map(({ signal }) => unread.take('ada', 1, signal));
    leaves.abort();
    first?.();
    expect(unread.bytes('ada')).toBe(20);
    expect(await waiting[1]).toBeNull();
    (await waiting[0])?.();
    expect(unread.bytes('ada')).toBe(20);
  });
});
