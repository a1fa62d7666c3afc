import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { ErrorCode } from '@amanda/contract';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Socket } from '../src/context.ts';
import type { Core } from '../src/core.ts';
import { amandaErrorOf, createCaller } from '../src/index.ts';
import { contextOf, liveSession } from './context.ts';
import { fakeCore, owner, things } from './fake-core.ts';

/** A core whose streams give one event and then wait for their signal, as the real ones do. */
function endless() {
  const seen = { aborted: false, finished: false, gates: [] as unknown[] };
  const waiting = async (signal: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    seen.aborted = true;
  };
  const core: Core = fakeCore((fake) => {
    fake.runs.follow = async function* (_userId, _input, { signal, gate }) {
      seen.gates.push(gate);
      try {
        yield { id: '1:1', type: 'delta', offset: 0, text: 'H' };
        await waiting(signal);
      } finally {
        seen.finished = true;
      }
    };
    fake.feed.watch = async function* (_userId, _input, { signal }) {
      try {
        yield { id: 'e:0', type: 'ready' };
        await waiting(signal);
      } finally {
        seen.finished = true;
      }
    };
  });
  return { core, seen };
}

function socket(places: number): Socket & { taken(): number } {
  let taken = 0;
  return {
    gate: { ready: () => undefined },
    enter() {
      if (taken === places) return null;
      taken += 1;
      return () => {
        taken -= 1;
      };
    },
    taken: () => taken,
  };
}

type Source = AsyncIterable<unknown>;
const subscriptions = [
  [
    'message.stream',
    (caller: ReturnType<typeof createCaller>): Promise<Source> => caller.message.stream({ messageId: 1 }),
  ],
  ['events.watch', (caller: ReturnType<typeof createCaller>): Promise<Source> => caller.events.watch()],
] as const;

const codeOf = (promise: Promise<unknown>): Promise<ErrorCode | 'none'> =>
  promise.then(
    () => 'none',
    (error: unknown) => amandaErrorOf(error).code,
  );

describe.each(subscriptions)('%s', (_path, subscribe) => {
  test('ends with the reason when its session ends, and frees everything', async () => {
    const { core, seen } = endless();
    const session = liveSession(owner);
    const connection = socket(1);
    const caller = createCaller(contextOf({ core, session, socket: connection }));
    const events = (await subscribe(caller))[Symbol.asyncIterator]();
    await events.next();
    expect(session.listeners()).toBe(1);
    expect(connection.taken()).toBe(1);

    const waiting = events.next();
    session.end('password_changed');
    const error = await waiting.catch((thrown: unknown) => thrown);
    expect(amandaErrorOf(error)).toMatchObject({
      code: 'SESSION_ENDED',
      details: { reason: 'password_changed' },
    });
    expect(seen).toMatchObject({ aborted: true, finished: true });
    expect(session.listeners()).toBe(0);
    expect(connection.taken()).toBe(0);
  });

  test('hands nothing to a session that ended between two events', async () => {
    const core = fakeCore();
    const session = liveSession(owner);
    const events = (await subscribe(createCaller(contextOf({ core: twoEvents(core), session }))))[
      Symbol.asyncIterator
    ]();
    await events.next();
    session.end('revoked');
    expect(await codeOf(events.next())).toBe('SESSION_ENDED');
  });

  test('takes a source that fails because it was stopped for one that ended', async () => {
    const gone = new AbortController();
    const session = liveSession(owner);
    const first = liveSession(owner);
    const caller = createCaller(contextOf({ core: failingWhenStopped(), session }), { signal: gone.signal });
    const left = (await subscribe(caller))[Symbol.asyncIterator]();
    await left.next();
    const waiting = left.next();
    gone.abort();
    expect(await waiting).toMatchObject({ done: true });

    const ended = (await subscribe(createCaller(contextOf({ core: failingWhenStopped(), session: first }))))[
      Symbol.asyncIterator
    ]();
    await ended.next();
    const next = ended.next();
    first.end('revoked');
    expect(await codeOf(next)).toBe('SESSION_ENDED');
  });

  test('ends without an error when its subscriber leaves', async () => {
    const { core, seen } = endless();
    const session = liveSession(owner);
    const connection = socket(1);
    const leave = new AbortController();
    const caller = createCaller(contextOf({ core, session, socket: connection }), { signal: leave.signal });
    const events = (await subscribe(caller))[Symbol.asyncIterator]();
    await events.next();
    const waiting = events.next();
    leave.abort();
    expect(await waiting).toMatchObject({ done: true });
    expect(seen).toMatchObject({ aborted: true, finished: true });
    expect(session.listeners()).toBe(0);
    expect(connection.taken()).toBe(0);
  });

  test('frees everything when it is returned in the middle', async () => {
    const { core, seen } = endless();
    const session = liveSession(owner);
    const connection = socket(1);
    const events = (await subscribe(createCaller(contextOf({ core, session, socket: connection }))))[
      Symbol.asyncIterator
    ]();
    await events.next();
    await events.return?.();
    expect(seen.finished).toBe(true);
    expect(session.listeners()).toBe(0);
    expect(connection.taken()).toBe(0);
  });

  test('takes a place of its socket, and only while it is read', async () => {
    const { core } = endless();
    const connection = socket(1);
    const caller = createCaller(contextOf({ core, session: liveSession(owner), socket: connection }));
    const unread = await subscribe(caller);
    expect(connection.taken()).toBe(0);
    const first = unread[Symbol.asyncIterator]();
    await first.next();
    const second = (await subscribe(caller))[Symbol.asyncIterator]();
    expect(await codeOf(second.next())).toBe('TOO_MANY_SUBSCRIPTIONS');
    await first.return?.();
    const third = (await subscribe(caller))[Symbol.asyncIterator]();
    expect(await third.next()).toMatchObject({ done: false });
    await third.return?.();
  });
});

/** Streams that end as `events.once` and timers do: with an AbortError. */
function failingWhenStopped(): Core {
  const stopped = async (signal: AbortSignal) => {
    await once(new EventEmitter(), 'never', { signal });
  };
  return fakeCore((core) => {
    core.runs.follow = async function* (_userId, _input, { signal }) {
      yield { id: '1:1', type: 'delta', offset: 0, text: 'H' };
      await stopped(signal);
    };
    core.feed.watch = async function* (_userId, _input, { signal }) {
      yield { id: 'e:0', type: 'ready' };
      await stopped(signal);
    };
  });
}

function twoEvents(core: Core): Core {
  core.runs.follow = async function* () {
    yield { id: '1:1', type: 'delta', offset: 0, text: 'H' };
    yield { id: '1:2', type: 'delta', offset: 1, text: 'i' };
  };
  return core;
}

test('every call of a user says that the session is in use', async () => {
  const session = liveSession(owner);
  const caller = createCaller(contextOf({ session }));
  await caller.chat.list();
  await caller.auth.check();
  await caller.message.stream({ messageId: things.messageId });
  expect(session.touches()).toBe(2);
});

test('message.stream gives its gate to the core, which holds the text back', async () => {
  const { core, seen } = endless();
  const connection = socket(1);
  const caller = createCaller(contextOf({ core, session: liveSession(owner), socket: connection }));
  const events = (await caller.message.stream({ messageId: 1 }))[Symbol.asyncIterator]();
  await events.next();
  await events.return?.();
  expect(seen.gates).toEqual([connection.gate]);
});

test('events.watch waits at the gate of a full socket', async () => {
  const room = Promise.withResolvers<void>();
  const connection: Socket = { gate: { ready: () => room.promise }, enter: () => () => {} };
  const caller = createCaller(contextOf({ session: liveSession(owner), socket: connection }));
  const events = (await caller.events.watch())[Symbol.asyncIterator]();
  let came = false;
  const first = events.next().then((event) => {
    came = true;
    return event;
  });
  await setImmediate();
  expect(came).toBe(false);
  room.resolve();
  expect(await first).toMatchObject({ done: false });
  await events.return?.();
});

test('a place is handed to the core as it came in', async () => {
  const places: unknown[] = [];
  const core = fakeCore(({ feed, runs }) => {
    runs.follow = (userId, input, options) => {
      places.push(input.from);
      return fakeCore().runs.follow(userId, input, options);
    };
    feed.watch = (userId, input, options) => {
      places.push(input.from);
      return fakeCore().feed.watch(userId, input, options);
    };
  });
  const caller = createCaller(contextOf({ core, session: liveSession(owner) }));
  const { messageId } = things;
  for (const lastEventId of [undefined, null, '1000:2']) {
    await (await caller.message.stream({ messageId, lastEventId }))[Symbol.asyncIterator]().next();
    await (await caller.events.watch({ lastEventId }))[Symbol.asyncIterator]().next();
  }
  expect(places).toEqual([undefined, undefined, undefined, undefined, '1000:2', '1000:2']);
});

test('hands a caller what its type says, not the envelope of tRPC', async () => {
  const { core } = endless();
  const caller = createCaller(contextOf({ core, session: liveSession(owner) }));
  for await (const event of await caller.message.stream({ messageId: 1 })) {
    expectTypeOf(event.id).toEqualTypeOf<string>();
    expect(event).toEqual({ id: '1:1', data: { v: 1, type: 'delta', offset: 0, text: 'H' } });
    break;
  }
  for await (const { data } of await caller.events.watch()) {
    expect(data).toEqual({ v: 1, type: 'ready' });
    break;
  }
});
