import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AiClient } from '@amanda/ai-client';
import { pause, says } from '@amanda/ai-client/scripted';
import { expect, it } from 'vitest';
import { conversation, never, readAll } from '../../test/conversation.ts';
import { createTopics } from '../bus/topics.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after everything that can go has gone. */
async function used(): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const mebi = 1024 * 1024;

it('readers that never read cost next to nothing, however long the answer is', async () => {
  const gate = Promise.withResolvers<void>();
  const piece = 'x'.repeat(50_000);
  await using c = await conversation(async function* (_request, { signal }) {
    for (let i = 0; i < 10; i += 1) yield piece;
    await pause(gate.promise, signal);
  });
  const chat = await c.chats.create(c.userId);
  const { messageId, runId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
  const first = c.runs.follow(c.userId, { messageId, from: `${runId}:0` }, { signal: never });
  for (let length = 0; length < 500_000; ) {
    const { value } = await first.next();
    if (value?.type === 'delta') length += value.text.length;
  }
  const leave = new AbortController();
  const closed = {
    ready: (signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
  const before = await used();
  const waiting = Array.from({ length: 200 }, () =>
    c.runs.follow(c.userId, { messageId }, { signal: leave.signal, gate: closed }).next(),
  );
  const others = Array.from({ length: 200 }, () =>
    c.runs.follow(c.userId, { messageId, from: `${runId}:500000` }, { signal: leave.signal }).next(),
  );
  const each = ((await used()) - before) / 400;
  expect(each).toBeLessThan(20_000); // the text has 500,000 characters
  leave.abort();
  expect(new Set((await Promise.all([...waiting, ...others])).map(({ done }) => done))).toEqual(
    new Set([true]),
  );
  gate.resolve();
});

it('10,000 subscriptions that come and go leave nothing behind', async () => {
  await using c = await conversation(says('text'));
  const chat = await c.chats.create(c.userId);
  const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
  await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }));
  const storm = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) {
      const leave = new AbortController();
      const events = c.runs.follow(c.userId, { messageId }, { signal: leave.signal });
      const changes = c.feed.watch(c.userId, {}, { signal: leave.signal });
      await events.next();
      await changes.next();
      const waiting = changes.next();
      leave.abort();
      await waiting;
      await events.return();
    }
  };
  await storm(500);
  const before = await used();
  await storm(10_000);
  expect((await used()) - before).toBeLessThan(mebi);
});

it('topics without watchers are forgotten', () => {
  const topics = createTopics<number>();
  for (let i = 0; i < 1000; i += 1) {
    const watcher = topics.watch(i);
    topics.publish(i);
    watcher.close();
  }
  expect(topics.watched()).toEqual([]);
});

it('10,000 runs leave nothing behind in memory', { timeout: 300_000 }, async () => {
  // Keeps no record of its calls, unlike a scripted one.
  const ai: AiClient = {
    async *stream() {
      yield { text: 'a short ', done: false };
      yield { text: 'answer', done: true };
    },
    health: () => Promise.resolve('serving'),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await using c = await conversation(says(), { ai, limits: { commitWindowMs: 0, maxRunsPerUser: 100 } });
  await c.db.prisma.$queryRawUnsafe('PRAGMA synchronous = OFF');
  const round = async (): Promise<void> => {
    const turn = async (): Promise<void> => {
      const { id: chatId } = await c.chats.create(c.userId);
      const { messageId } = await c.runs.send(c.userId, { chatId, text: 'Hi' });
      await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }));
    };
    await Promise.all(Array.from({ length: 100 }, turn));
  };
  for (let i = 0; i < 5; i += 1) await round();
  const before = await used();
  for (let i = 0; i < 100; i += 1) await round();
  expect(c.runs.activeCount).toBe(0);
  expect((await used()) - before).toBeLessThan(mebi);
});
