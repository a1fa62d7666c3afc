import { PassThrough } from 'node:stream';

import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';

import { HeldSocket } from '../src/sockets/held-socket.ts';
import { createPartialMessages } from '../src/sockets/partial-messages.ts';

const limits = { maxPayload: 200_000, partialBytes: 200_000, messageMs: 1_000, tickMs: 100 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

/** A socket whose bytes and events the test makes. */
function watched(partials: ReturnType<typeof createPartialMessages>) {
  // Without an address there is no connection.
  const ws = Reflect.construct(HeldSocket, [null, undefined, {}]);
  const connection = new PassThrough();
  const onCut = vi.fn<() => void>();
  vi.spyOn(ws, 'terminate').mockReturnValue(undefined);
  partials.watch(ws, connection, { party: () => 'user 1', onCut });
  const hold = vi.spyOn(ws, 'hold');
  const release = vi.spyOn(ws, 'release');
  return { ws, onCut, hold, release, come: (bytes: number) => connection.emit('data', Buffer.alloc(bytes)) };
}

function partials() {
  const made = createPartialMessages(limits);
  onTestFinished(() => made.close());
  return made;
}

it('gives a message its time from its first byte to its last', () => {
  const { come, onCut, ws } = watched(partials());
  come(10);
  vi.advanceTimersByTime(900);
  ws.emit('message', Buffer.alloc(4));
  vi.advanceTimersByTime(5_000);
  come(10);
  vi.advanceTimersByTime(900);
  come(10);
  expect(onCut).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(onCut).toHaveBeenCalledOnce();
});

it('counts no ping or pong as a part of a message, and lets none of them end one', () => {
  const { come, onCut, ws } = watched(partials());
  for (const name of ['ping', 'pong']) {
    come(16);
    ws.emit(name, Buffer.alloc(10));
    vi.advanceTimersByTime(5_000);
  }
  expect(onCut).not.toHaveBeenCalled();
  come(7);
  for (let round = 0; round < 9; round += 1) {
    come(16);
    ws.emit('ping', Buffer.alloc(10));
    vi.advanceTimersByTime(200);
  }
  expect(onCut).toHaveBeenCalledOnce();
});

it('lets the time stand still while the owner pauses the socket, and not while it waits for room', () => {
  const watch = partials();
  const [first, second] = [watched(watch), watched(watch)];
  first.come(10);
  vi.spyOn(first.ws, 'isPausedByOwner', 'get').mockReturnValue(true);
  vi.advanceTimersByTime(10_000);
  expect(first.onCut).not.toHaveBeenCalled();
  first.come(100_000);
  second.come(100_000);
  expect([first.hold.mock.calls.length, second.hold.mock.calls.length]).toEqual([0, 1]);
  vi.advanceTimersByTime(1_100);
  expect(second.onCut).toHaveBeenCalledOnce();
});

it('reads on with room, which a whole message, and a socket that closes, give back', () => {
  const watch = partials();
  const [first, second, third] = [watched(watch), watched(watch), watched(watch)];
  for (const { come } of [first, second, third]) come(65_537);
  expect([first, second, third].map(({ hold }) => hold.mock.calls.length)).toEqual([0, 1, 1]);
  first.ws.emit('message', Buffer.alloc(4));
  expect([second, third].map(({ release }) => release.mock.calls.length)).toEqual([1, 0]);
  second.ws.emit('close');
  expect(third.release).toHaveBeenCalledOnce();
});

it('holds a socket for one of two reasons, and reads it with neither', () => {
  const { ws } = watched(partials());
  const states: string[] = [];
  vi.spyOn(Object.getPrototypeOf(HeldSocket.prototype), 'resume').mockImplementation(() =>
    states.push('read'),
  );
  ws.hold();
  ws.pause();
  ws.resume();
  expect(states).toEqual([]);
  ws.pause();
  ws.release();
  expect(states).toEqual([]);
  ws.resume();
  expect(states).toEqual(['read']);
});
