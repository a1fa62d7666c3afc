import type { AiClient } from '@amanda/ai-client';
import { scriptedAi } from '@amanda/ai-client/scripted';
import { type TemporaryDatabase, temporaryDatabase } from '@amanda/db/temporary';
import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { createTopics } from '../bus/topics.ts';
import type { Clock } from '../clock/clock.ts';
import { silentLog } from '../log/log.ts';
import { createRuns, defaultRunLimits, type RunEngine } from './create-runs.ts';

const runsOf = (db: TemporaryDatabase, ai: AiClient, clock: Clock): RunEngine =>
  createRuns({
    transactions: db.transactions,
    ai,
    clock,
    log: silentLog,
    limits: defaultRunLimits,
    systemPrompt: undefined,
    messages: createTopics<number>(),
    feeds: createTopics<number>(),
    charge: () => Promise.resolve(),
  });

it('a piece costs the same statements and bytes at the end of a long answer as at its beginning', async () => {
  let statements: string[] = [];
  await using db = await temporaryDatabase({ onStatement: (sql) => void statements.push(sql) });
  const user = await db.prisma.user.create({
    data: { email: 'ada@example.org', passwordHash: '-', createdAt: new Date() },
  });
  await db.prisma.$queryRawUnsafe('PRAGMA synchronous = OFF');
  const clock = createFakeClock();
  const next: (() => void)[] = [];
  const ai = scriptedAi(async function* () {
    for (;;) {
      yield 'twenty units of text';
      await new Promise<void>((resolve) => next.push(resolve));
    }
  });
  const runs = runsOf(db, ai, clock);
  const chat = await db.transactions.createChat(user.id, undefined, new Date(clock.now()));
  const { messageId } = await runs.send(user.id, { chatId: chat.id, text: 'Hi' });
  const leave = new AbortController();
  const reader = runs.follow(user.id, { messageId }, { signal: leave.signal });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const costOfPiece = async (): Promise<{ statements: number; longest: number }> => {
    await settle();
    statements = [];
    const given: unknown[] = [];
    void reader.next().then((event) => given.push(event));
    while (given.length === 0) {
      clock.advance(1);
      await settle();
    }
    next.shift()?.();
    return { statements: statements.length, longest: Math.max(...statements.map((sql) => sql.length)) };
  };
  const costs = [];
  for (let i = 0; i < 450; i += 1) costs.push(await costOfPiece());
  // BEGIN, the run's row, the chunk, COMMIT; the reader asks the database for nothing.
  expect(new Set(costs.slice(1).map((cost) => cost.statements))).toEqual(new Set([4]));
  expect((costs.at(-1)?.longest ?? 0) - (costs[10]?.longest ?? 0)).toBeLessThan(10);
  leave.abort();
  await reader.return();
  const over = runs.shutdown(0);
  await settle();
  await over;
  await ai.close();
});

it('an AI backend that never pauses lets others have their turns', async () => {
  await using db = await temporaryDatabase();
  const user = await db.prisma.user.create({
    data: { email: 'ada@example.org', passwordHash: '-', createdAt: new Date() },
  });
  const clock = createFakeClock();
  let turns = 0;
  let isSaid = false;
  let isShown = false;
  const takeTurns = (): void => {
    if (!isSaid) turns += 1;
    // What has been said is committed as time passes.
    else clock.advance(10);
    if (!isShown) setImmediate(takeTurns);
  };
  const ai = scriptedAi(async function* () {
    takeTurns();
    // Each piece takes a millisecond, and none of them leaves the queue of microtasks.
    for (let piece = 0; piece < 1000; piece += 1) {
      clock.advance(1);
      yield 'piece ';
    }
    isSaid = true;
  });
  const runs = runsOf(db, ai, clock);
  const chat = await db.transactions.createChat(user.id, undefined, new Date(clock.now()));
  const { messageId } = await runs.send(user.id, { chatId: chat.id, text: 'Hi' });
  const { signal } = new AbortController();
  let shown = '';
  for await (const event of runs.follow(user.id, { messageId }, { signal })) {
    if (event.type === 'delta') shown += event.text;
  }
  isShown = true;
  expect(shown).toBe('piece '.repeat(1000));
  // After four milliseconds at the latest.
  expect(turns).toBeGreaterThan(200);
  await runs.shutdown(0);
  await ai.close();
});
