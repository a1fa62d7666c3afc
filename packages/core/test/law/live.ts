import { scriptedAi } from '@amanda/ai-client/scripted';
import type { Placed, StreamEvent } from '@amanda/contract';
import type { TemporaryDatabase } from '@amanda/db/temporary';
import { createTopics, type Topics } from '../../src/bus/topics.ts';
import { createChats } from '../../src/chats/create-chats.ts';
import { domainErrorOf } from '../../src/errors/refusals.ts';
import { silentLog } from '../../src/log/log.ts';
import { createRuns, defaultRunLimits, type RunEngine } from '../../src/runs/create-runs.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type Channel, createChannel } from './channel.ts';
import { createReader, type Reader } from './reader.ts';
import type { Life, Step } from './steps.ts';
import type { Disk, OnDisk } from './stored.ts';

/** What lives count, so that nobody takes an empty test for a proof. */
export type Tally = Map<string, number>;

/** Where lives are led: one database for all of them. */
export interface Ground {
  readonly db: TemporaryDatabase;
  readonly disk: Disk;
  readonly userId: number;
  readonly tally: Tally;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Loses and doubles hints, after a pattern that repeats. */
function lossy<K>(topics: Topics<K>, hints: readonly number[]): Topics<K> {
  let n = 0;
  return {
    ...topics,
    publish(topic) {
      const times = hints[n++ % hints.length] ?? 1;
      for (let i = 0; i < times; i += 1) topics.publish(topic);
    },
  };
}

/**
 * Leads one life: does its steps, judges each event and each state of the disk, ends everything and judges the end.
 * @throws when the law is broken
 */
export async function live(ground: Ground, { steps, hints, maxAnswerLength }: Life): Promise<void> {
  const { db, disk, userId, tally } = ground;
  const count = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);
  const clock = createFakeClock();
  const channels: Channel[] = [];
  let echoes = true;
  const ai = scriptedAi(
    (request, { signal }) => {
      const channel = createChannel(request, echoes);
      channels.push(channel);
      return channel.pieces(signal);
    },
    {
      startTimer: (ms, onTime) => {
        const timer = clock.setTimeout(onTime, ms);
        return () => timer.cancel();
      },
    },
  );
  const topics = lossy(createTopics<number>(), hints);
  const feeds = createTopics<number>();
  const createEngine = (): RunEngine =>
    createRuns({
      transactions: db.transactions,
      ai,
      clock,
      log: silentLog,
      limits: { ...defaultRunLimits, maxAnswerLength },
      systemPrompt: undefined,
      messages: topics,
      feeds,
      charge: () => Promise.resolve(),
      // Nobody knows yet what this life's AI backend knows.
      backend: `${tally.get('life') ?? 0}`,
    });
  const engines = [createEngine()];
  const engine = (): RunEngine => engines.at(-1) ?? createEngine();
  const chats = createChats({
    transactions: db.transactions,
    clock,
    onRunEnded: (id) => engine().release(id),
    feeds,
  });
  const chat = await chats.create(userId);

  const readers: Reader[] = [];
  const failures: unknown[] = [];
  const before = new Map<number, OnDisk>();
  const statuses = new Map<number, Set<string>>();
  let deletions = 0;
  let deleted = false;
  let reopened = new Set<number>();
  const continued = new Set<number>();
  const recovered = new Set<RunEngine>();
  /** How many engines let their answers end at the moment. */
  let shuttingDown = 0;

  /** Looks at the disk: text only grows, and what has ended stays as it is until it is continued. */
  const look = (): ReadonlyMap<number, OnDisk> => {
    const now = new Map(disk.messages(chat.id).map((message) => [message.id, message]));
    for (const message of now.values()) {
      const known = statuses.get(message.id) ?? new Set();
      statuses.set(message.id, known.add(message.status));
      const old = before.get(message.id);
      if (old === undefined) continue;
      if (!message.text.startsWith(old.text)) throw new Error('stored text was changed');
      if (
        old.status !== 'streaming' &&
        !reopened.has(message.id) &&
        (message.status !== old.status || message.text !== old.text)
      )
        throw new Error(`an ended message changed from ${old.status} to ${message.status}`);
    }
    for (const [id, message] of now) before.set(id, message);
    return now;
  };

  const judge = (reader: Reader, event: Placed<StreamEvent>, alone: string): void => {
    count(`event ${event.type}`);
    const stored = look().get(reader.messageId);
    if (stored === undefined) throw new Error('the message is not stored');
    if (!stored.text.startsWith(reader.text))
      throw new Error(`shown but not stored: ${JSON.stringify(reader.text.slice(-40))}`);
    if (event.type !== 'end') return;
    if (event.message === undefined) {
      if (deletions === 0) throw new Error('an end without a message, and nothing was deleted');
      return;
    }
    if (event.message.text !== alone) throw new Error('an end that gives another text than was shown');
    if (event.status === 'streaming' || statuses.get(reader.messageId)?.has(event.status) !== true)
      throw new Error(`an end with the status ${event.status}, which never was`);
  };

  const onError = (error: unknown): void => {
    if (!(domainErrorOf(error)?.code === 'NOT_FOUND' && deletions > 0)) failures.push(error);
  };

  const allowed: ReadonlySet<string> = new Set([
    'RUN_ACTIVE',
    'NOT_POSSIBLE_NOW',
    'NOT_FOUND',
    'SHUTTING_DOWN',
  ]);
  const attempt = (what: string, work: () => Promise<unknown>): void => {
    work().then(
      () => count(what),
      (error: unknown) => {
        const code = domainErrorOf(error)?.code;
        if (code === undefined || !allowed.has(code)) failures.push(error);
      },
    );
  };

  const lastAnswer = (): OnDisk | undefined =>
    disk.messages(chat.id).findLast(({ role }) => role === 'assistant');
  const speaking = (): Channel | undefined => channels.findLast((channel) => !channel.over);
  const pick = <T>(from: readonly T[], n: number): T | undefined => from[n % Math.max(1, from.length)];

  const restore = (): void => {
    deleted = false;
    attempt('restore', () => chats.restore(userId, chat.id));
  };

  /** Lets time pass, with what it brings about in between: timers of one jump would all run before any of their work. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; ) {
      const step = Math.min(left, left === ms ? 20 : 4000);
      clock.advance(step);
      await settle();
      left -= step;
    }
  };

  /** Starts anew: an answer that is being written goes on, or has ended, and nothing is in between. */
  const recover = async (): Promise<void> => {
    // A start does this once, however many that shut down at the same time wait for it.
    if (recovered.has(engine())) return;
    recovered.add(engine());
    const streaming = () => disk.messages(chat.id).filter(({ status }) => status === 'streaming');
    const open = new Set(streaming().map(({ id }) => id));
    const overlaps = shuttingDown > 0 || engine().activeCount > 0;
    const { continued, ended } = await engine().recover();
    if (!overlaps && open.size !== continued + ended)
      throw new Error(`${open.size} open, ${continued} + ${ended} recovered`);
    count(overlaps ? 'recovered beside another shutdown' : 'recovered alone');
    count(continued > 0 ? 'recovered, going on' : 'recovered, at its end');
    // What it began itself before is its own; of one that is shutting down nothing may be left without a writer.
    if (streaming().filter(({ id }) => open.has(id)).length > engine().activeCount)
      throw new Error('streaming after a start, and nobody writes it');
  };

  const take = (step: Step): Promise<void> | void => {
    const answer = lastAnswer();
    switch (step.do) {
      case 'piece':
        // Also into calls whose engine has "crashed": a zombie goes on writing.
        for (const channel of channels) channel.say(step.text.repeat(step.times));
        return;
      case 'advance':
        return step.ms === 0 ? clock.advance(0) : pass(step.ms);
      case 'open': {
        const message = pick(disk.messages(chat.id), step.message);
        if (message === undefined || readers.length >= 6) return;
        const { gated } = step;
        // A run may write more than one message, and then its places are places of both; a question's never are.
        const other = readers.find((reader) =>
          disk.messages(chat.id).some(({ id, role }) => id === reader.messageId && role !== message.role),
        );
        const stray = step.stray ? other?.place : undefined;
        readers.push(
          createReader({ engine: engine(), userId, messageId: message.id, gated, stray, judge, onError }),
        );
        return;
      }
      case 'reconnect':
        return pick(readers, step.reader)?.reconnect(engine(), step.place, step.mode);
      case 'pull':
        return pick(readers, step.reader)?.pull();
      case 'gate':
        return pick(readers, step.reader)?.gate.toggle();
      case 'done':
      case 'error':
      case 'hang up':
        return speaking()?.end(step.do);
      case 'send':
        return attempt('send', () => engine().send(userId, { chatId: chat.id, text: 'And?' }));
      case 'edit': {
        const question = disk.messages(chat.id).findLast(({ role }) => role === 'user');
        if (question === undefined) return;
        return attempt('edit', () => engine().edit(userId, { messageId: question.id, text: 'Or?' }));
      }
      case 'regenerate':
        if (answer === undefined) return;
        return attempt('regenerate', () => engine().regenerate(userId, { messageId: answer.id }));
      case 'continue':
        if (answer === undefined) return;
        ({ echoes } = step);
        reopened.add(answer.id);
        continued.add(answer.id);
        return attempt(`continue, ${echoes ? 'known' : 'unknown'}`, () =>
          engine().continue(userId, { messageId: answer.id }),
        );
      case 'stop':
        if (answer === undefined) return;
        return attempt('stop', async () => {
          const message = await engine().stop(userId, { messageId: answer.id });
          if (message.status === 'streaming') throw new Error('stop answered with streaming');
          if (look().get(answer.id)?.text.startsWith(message.text) !== true)
            throw new Error('stop answered with another text');
        });
      case 'crash':
        engines.push(createEngine());
        return attempt('crash', recover);
      case 'shutdown': {
        const old = engine();
        engines.push(createEngine());
        return attempt('shutdown', async () => {
          shuttingDown += 1;
          await old.shutdown(20).finally(() => {
            shuttingDown -= 1;
          });
          await recover();
        });
      }
      case 'delete':
        deletions += 1;
        deleted = true;
        return attempt('delete', () => chats.delete(userId, chat.id));
      case 'restore':
        return restore();
    }
  };

  const check = (): void => {
    if (failures.length > 0) throw failures[0];
    look();
  };

  attempt('send', () => engine().send(userId, { chatId: chat.id, text: 'What?' }));
  await settle();
  for (const step of steps) {
    await take(step);
    await settle();
    for (let i = 1; step.do === 'pull' && i < step.times; i += 1) {
      await take(step);
      await settle();
    }
    check();
    if (step.do !== 'continue') {
      reopened = new Set([...reopened].filter((id) => before.get(id)?.status === 'streaming'));
    }
  }

  // The end of the life: everything that can end does, and every client comes back until it has seen its end.
  if (deleted) restore();
  await settle();
  for (let i = 0; i < 4; i += 1) {
    // Also the calls that a last shutdown or crash brings about: they begin while time passes.
    for (const channel of channels) if (!channel.over) channel.end('done');
    await pass(16_000);
  }
  for (const old of engines.slice(0, -1)) attempt('zombie', () => old.shutdown(0));
  await pass(20_000);
  check();
  const end = look();
  const restored = await chats.get(userId, chat.id).then(
    () => true,
    () => false, // the time to restore it was over
  );
  for (const reader of readers) {
    if (!reader.gate.open) reader.gate.toggle();
    // The change feed tells a client that an answer which it saw the end of goes on.
    if (continued.has(reader.messageId)) reader.resume(engine());
    for (let i = 0; !reader.sawEnd && i < (restored ? 60 : 0); i += 1) {
      if (reader.ended) reader.reconnect(engine(), 0, 'switch');
      reader.pull();
      await settle();
      // A subscription on the lossy bus hears at the next poll or ping at the latest.
      if (i % 8 === 7) await pass(16_000);
    }
    check();
    const stored = end.get(reader.messageId);
    if (restored && !(reader.sawEnd && reader.text === stored?.text))
      throw new Error('a client never saw the end of its text');
    reader.leave();
  }
  for (const message of end.values()) if (message.status === 'streaming') throw new Error('left streaming');
  // What an AI backend said is stored to the letter, or up to where it was cut off.
  const wholes = channels.map(({ whole }) => whole);
  for (const { role, status, text } of end.values()) {
    if (role === 'user') continue;
    const fits = (whole: string): boolean =>
      status === 'complete' ? whole === text : whole.startsWith(text);
    if (!wholes.some(fits)) throw new Error(`nobody said ${JSON.stringify(text.slice(-40))}`);
    if (status === 'complete') count('answer stored to the letter');
  }
  const { openRuns, chunks } = disk.leftovers();
  if (openRuns > 0 || chunks > 0) throw new Error(`left over: ${openRuns} runs, ${chunks} chunks`);
  attempt('last shutdown', () => engine().shutdown(0));
  await settle();
  await ai.close();
  check();
  count('life');
}
