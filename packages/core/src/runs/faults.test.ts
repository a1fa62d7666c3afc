import { type AiScript, scriptedAi } from '@amanda/ai-client/scripted';
import type { Placed, StreamEvent } from '@amanda/contract';
import { StorageError } from '@amanda/db';
import { type TemporaryDatabase, temporaryDatabase } from '@amanda/db/temporary';
import { describe, expect, it } from 'vitest';
import { never, shown } from '../../test/conversation.ts';
import { createFakeClock } from '../../test/fake-clock.ts';
import { openDisk } from '../../test/law/stored.ts';
import { createTopics } from '../bus/topics.ts';
import { createChats } from '../chats/create-chats.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { silentLog } from '../log/log.ts';
import { createRuns, defaultRunLimits } from './create-runs.ts';

const kinds = ['busy', 'full', 'readonly', 'io'] as const;

/** Lets statements fail: `strike` is asked before each, and what it returns is thrown. */
interface Weather {
  strike: (sql: string) => Error | undefined;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A user on a database that may refuse, with a clock that is turned by hand. */
function world(db: TemporaryDatabase, userId: number, script: AiScript) {
  const clock = createFakeClock();
  const ai = scriptedAi(script, {
    startTimer: (ms, onTime) => {
      const timer = clock.setTimeout(onTime, ms);
      return () => timer.cancel();
    },
  });
  const topics = createTopics<number>();
  const feeds = createTopics<number>();
  const common = { transactions: db.transactions, clock, feeds };
  const runs = createRuns({
    ...common,
    ai,
    log: silentLog,
    limits: defaultRunLimits,
    systemPrompt: undefined,
    messages: topics,
    charge: () => Promise.resolve(),
  });
  const chats = createChats({ ...common, onRunEnded: (id) => runs.release(id) });
  const acknowledged: number[] = [];
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(Math.min(50, left));
      await settle();
    }
  };
  /** The result of a call that may need time to pass. */
  const over = async <T>(call: Promise<T>): Promise<{ value: T } | { code: string }> => {
    const results: ({ value: T } | { code: string })[] = [];
    void call.then(
      (value) => results.push({ value }),
      (error: unknown) => results.push({ code: error instanceof AmandaError ? error.code : String(error) }),
    );
    for (let i = 0; i < 400 && results.length === 0; i += 1) await pass(50);
    const [result] = results;
    if (result === undefined) throw new Error('a call hangs');
    if ('value' in result && typeof result.value === 'object' && result.value !== null) {
      if ('messageId' in result.value) acknowledged.push(Number(result.value.messageId));
    }
    return result;
  };
  return { userId, clock, ai, acknowledged, runs, chats, pass, over };
}

type World = ReturnType<typeof world>;

async function stage() {
  const weather: Weather = { strike: () => undefined };
  const db = await temporaryDatabase({
    onStatement(sql) {
      const error = weather.strike(sql);
      if (error !== undefined) throw error;
    },
  });
  await db.prisma.$queryRawUnsafe('PRAGMA synchronous = OFF');
  const user = await db.prisma.user.create({
    data: { email: 'ada@example.org', passwordHash: '-', createdAt: new Date() },
  });
  return {
    db,
    weather,
    userId: user.id,
    async [Symbol.asyncDispose]() {
      await db.close();
    },
  };
}

const echo: AiScript = async function* (request) {
  if (request.continueFrom !== undefined) yield { text: '', continues: true };
  yield 'one ';
  yield 'two';
  yield { done: true };
};

/** Fails half-way, so that there is something to continue. */
const breaks: AiScript = async function* (request) {
  yield* request.continueFrom === undefined ? ['par', 'tial'] : [{ text: '', continues: true }, ' whole'];
  if (request.continueFrom === undefined) throw new Error('scripted');
};

/** Waits for ever after a piece, so that there is something to stop or to delete. */
const waits: AiScript = async function* (_request, { signal }) {
  yield 'some';
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
};

interface Scene {
  readonly script: AiScript;
  /** Calls one after the other, each with what the one before gave; each may be refused. */
  play(w: World, chatId: number): Promise<void>;
}

const scenes: Record<string, Scene> = {
  'send, stream, end, regenerate, edit': {
    script: echo,
    async play({ runs, userId, over, pass }, chatId) {
      const sent = await over(runs.send(userId, { chatId, text: 'Why?' }));
      await pass(200);
      if (!('value' in sent)) return;
      const again = await over(runs.regenerate(userId, { messageId: sent.value.messageId }));
      await pass(200);
      await over(runs.edit(userId, { messageId: sent.value.questionId, text: 'How?' }));
      await pass(200);
      expect('value' in again ? again.value.chatId : chatId).toBe(chatId);
    },
  },
  'send, fail, continue': {
    script: breaks,
    async play({ runs, userId, over, pass }, chatId) {
      const sent = await over(runs.send(userId, { chatId, text: 'Why?' }));
      await pass(200);
      if ('value' in sent) await over(runs.continue(userId, { messageId: sent.value.messageId }));
    },
  },
  'send, stop': {
    script: waits,
    async play({ runs, userId, over, pass }, chatId) {
      const sent = await over(runs.send(userId, { chatId, text: 'Why?' }));
      await pass(100);
      if (!('value' in sent)) return;
      const stopped = await over(runs.stop(userId, sent.value));
      if ('value' in stopped) expect(stopped.value.status).not.toBe('streaming');
    },
  },
  'send, delete, restore': {
    script: waits,
    async play({ runs, chats, userId, over, pass }, chatId) {
      await over(runs.send(userId, { chatId, text: 'Why?' }));
      await pass(100);
      await over(chats.delete(userId, chatId));
      await over(chats.restore(userId, chatId));
    },
  },
};

/** Leaves nobody behind: after a lease, every run is closed and every text is whole. */
async function expectOrder(w: World, db: TemporaryDatabase, chatId: number): Promise<void> {
  await w.pass(20_000);
  await w.runs.shutdown(0).catch(() => {});
  const { runs } = world(db, w.userId, echo);
  await runs.recover(); // what is left is what a start must find
  using disk = openDisk(db.file);
  const stored = disk.messages(chatId).map(({ id }) => id);
  expect(w.acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
  expect(disk.leftovers()).toEqual({ openRuns: 0, chunks: 0 });
  for (const { id, status, text } of disk.messages(chatId)) {
    expect(status).not.toBe('streaming');
    expect((await db.transactions.readAnyMessage(id))?.text ?? text).toBe(text);
  }
  await runs.shutdown(0);
}

describe.each(Object.entries(scenes))('%s', (_name, scene) => {
  it('keeps its word when any one statement fails, in any way', async () => {
    await using s = await stage();
    let statements = Number.POSITIVE_INFINITY;
    let struck = 0;
    for (let n = 1; n <= statements; n += 1) {
      const w = world(s.db, s.userId, scene.script);
      const chat = await w.chats.create(s.userId);
      let count = 0;
      const kind = kinds[n % kinds.length] ?? 'io';
      s.weather.strike = () => {
        count += 1;
        if (count !== n) return undefined;
        struck += 1;
        return new StorageError(kind, 'scripted');
      };
      await scene.play(w, chat.id);
      s.weather.strike = () => undefined;
      if (count < n) statements = n;
      await expectOrder(w, s.db, chat.id);
    }
    expect(struck).toBe(statements - 1);
    expect(struck).toBeGreaterThan(30);
  });
});

describe('a database that refuses to write', () => {
  const refuse = (sql: string): Error | undefined =>
    sql.startsWith('BEGIN IMMEDIATE') ? new StorageError('full', 'scripted') : undefined;

  it('for a while holds an answer up; for too long ends it; nothing uncommitted is ever shown', async () => {
    const lullMs = 150; // of the simulated clock
    for (const [outage, status] of [
      [3000, 'complete'],
      [6000, 'failed'],
    ] as const) {
      await using s = await stage();
      const w = world(s.db, s.userId, async function* (_request, { signal }) {
        yield 'first';
        await new Promise<void>((resolve) => w.clock.setTimeout(resolve, lullMs));
        signal.throwIfAborted();
        yield ' second';
      });
      const chat = await w.chats.create(s.userId);
      const { messageId } = await w.runs.send(s.userId, { chatId: chat.id, text: 'Hi' });
      const events: Placed<StreamEvent>[] = [];
      const reading = (async () => {
        for await (const event of w.runs.follow(s.userId, { messageId }, { signal: never }))
          events.push(event);
      })();
      await w.pass(90);
      expect(shown(events)).toBe('first');
      s.weather.strike = refuse;
      await w.pass(outage);
      expect(shown(events)).toBe('first');
      expect(events.some(({ type }) => type === 'end')).toBe(false);
      s.weather.strike = () => undefined;
      await w.pass(1100);
      await reading;
      expect(events.at(-1)).toMatchObject({ type: 'end', status });
      expect(shown(events)).toBe(status === 'complete' ? 'first second' : 'first');
      await expectOrder(w, s.db, chat.id);
    }
  });

  it('hangs neither a stop nor a shutdown; the AI backend is cancelled at once', async () => {
    await using s = await stage();
    const w = world(s.db, s.userId, waits);
    const chat = await w.chats.create(s.userId);
    const { messageId } = await w.runs.send(s.userId, { chatId: chat.id, text: 'Hi' });
    await w.pass(50);
    s.weather.strike = refuse;
    const stop = w.over(w.runs.stop(s.userId, { messageId }));
    await w.pass(50);
    expect(w.ai.calls[0]?.signal.aborted).toBe(true);
    expect(await stop).toEqual({ code: 'STORAGE_UNAVAILABLE' });
    expect(await w.over(w.runs.shutdown(0))).toEqual({ value: undefined });
    s.weather.strike = () => undefined;
    await w.pass(1100);
    expect((await s.db.transactions.readAnyMessage(messageId))?.status).toBe('stopped');
  });

  it('stops nobody else when one run cannot be written', async () => {
    await using s = await stage();
    const w = world(s.db, s.userId, async function* ({ chatId }) {
      yield chatId === 1 ? 'poison' : 'sound';
    });
    const ids: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const chat = await w.chats.create(s.userId);
      ids.push((await w.runs.send(s.userId, { chatId: chat.id, text: 'Hi' })).messageId);
    }
    s.weather.strike = (sql) =>
      /poison/.test(sql) && /"offset"/.test(sql) ? new Error('scripted') : undefined;
    await w.pass(3000);
    const stored = await Promise.all(ids.map((id) => s.db.transactions.readAnyMessage(id)));
    expect(stored.map((message) => [message?.status, message?.text])).toEqual([
      ['failed', ''],
      ['complete', 'sound'],
      ['complete', 'sound'],
    ]);
    await w.runs.shutdown(0);
  });
});

describe('a commit of unknown outcome', () => {
  it('of the journal neither loses nor doubles text, for any of the runs in it', async () => {
    await using s = await stage();
    const w = world(s.db, s.userId, echo);
    let lying = true;
    const transactions = {
      ...s.db.transactions,
      // Committed, and then the answer is lost; and the first look at what became of it fails as well.
      append: async (...args: Parameters<typeof s.db.transactions.append>) => {
        const done = await s.db.transactions.append(...args);
        if (!lying) return done;
        lying = false;
        throw new StorageError('io', 'scripted');
      },
      readRun: flaky(s.db.transactions.readRun, 2),
    };
    const feeds = createTopics<number>();
    const runs = createRuns({
      transactions,
      clock: w.clock,
      feeds,
      ai: w.ai,
      log: silentLog,
      limits: defaultRunLimits,
      systemPrompt: undefined,
      messages: createTopics<number>(),
      charge: () => Promise.resolve(),
    });
    const ids: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const chat = await w.chats.create(s.userId);
      ids.push((await runs.send(s.userId, { chatId: chat.id, text: 'Hi' })).messageId);
    }
    await w.pass(3000);
    expect(lying).toBe(false);
    for (const id of ids) {
      expect(await s.db.transactions.readAnyMessage(id)).toMatchObject({
        status: 'complete',
        text: 'one two',
      });
    }
    await runs.shutdown(0);
    await w.runs.shutdown(0);
  });
});

/** Fails at the nth call, once. */
function flaky<A extends unknown[], R>(
  work: (...args: A) => Promise<R>,
  n: number,
): (...args: A) => Promise<R> {
  let calls = 0;
  return async (...args) => {
    calls += 1;
    if (calls === n) throw new StorageError('busy', 'scripted');
    return await work(...args);
  };
}
