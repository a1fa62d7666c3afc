import { randomUUID } from 'node:crypto';
import type { AiClient, AiRequest } from '@amanda/ai-client';
import type { Started } from '@amanda/contract';
import type { ClientKeyInput, ContinuedRun, StartedRun, Transactions, TurnIds } from '@amanda/db';
import type { Topics } from '../bus/topics.ts';
import type { Clock, ClockTimer } from '../clock/clock.ts';
import { createLoopShare } from '../clock/loop-share.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { orRefuse } from '../errors/refusals.ts';
import type { Log } from '../log/log.ts';
import { toMessage } from '../messages/to-message.ts';
import { type ActiveRun, type ActiveRunOptions, startRun } from './active-run.ts';
import { createContinuations } from './continuations.ts';
import { eventId } from './event-id.ts';
import { follow } from './follow.ts';
import { clientKey, questionText } from './input.ts';
import { createJournalWriter } from './journal-writer.ts';
import type { Runs } from './runs.ts';
import { titleOf } from './title.ts';

/** Limits and times of runs; times in milliseconds, lengths in UTF-16 code units unless said otherwise. */
export interface RunLimits {
  /** The longest question, in code points. */
  readonly maxQuestionLength: number;
  /** The longest answer; what goes beyond ends it. */
  readonly maxAnswerLength: number;
  /** How much of the conversation the AI backend is told. */
  readonly historyBudget: number;
  readonly maxRunsPerUser: number;
  /** Runs of this process. */
  readonly maxRuns: number;
  /** The shortest time between two commits of the journal. */
  readonly commitWindowMs: number;
  /** How long a refusing database is asked again before a run ends. */
  readonly storageRetryMs: number;
  /** How often subscribers are pinged. */
  readonly pingMs: number;
  /** How often hints that were lost are made up for. */
  readonly pollMs: number;
  /** How long a run may go without a heartbeat before it counts as lost. */
  readonly leaseMs: number;
  /** How old the last heartbeat of an answer may be that goes on by itself after a crash or a shutdown. */
  readonly goOnWithinMs: number;
  /** How many automatic continuations are made at the same time. */
  readonly maxContinuations: number;
}

/** @default what a server uses */
export const defaultRunLimits: RunLimits = {
  maxQuestionLength: 200_000,
  maxAnswerLength: 1_000_000,
  historyBudget: 48_000,
  maxRunsPerUser: 5,
  maxRuns: 2_000,
  commitWindowMs: 5,
  storageRetryMs: 5_000,
  pingMs: 15_000,
  pollMs: 1_000,
  leaseMs: 30_000,
  goOnWithinMs: 600_000,
  maxContinuations: 20,
};

/**
 * What becomes of an answer that a crash or a shutdown cut off: `continue` lets the next start go on with it, `keep`
 * leaves it as `interrupted`.
 */
export type AfterCrash = 'continue' | 'keep';

/** What the engine is made of. */
export interface RunsOptions {
  readonly transactions: Transactions;
  readonly ai: AiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: RunLimits;
  readonly systemPrompt: string | undefined;
  /** Hints that a message changed. */
  readonly messages: Topics<number>;
  /** Hints that a user's change feed grew. */
  readonly feeds: Topics<number>;
  /** Takes one message from the user's allowance; rejects with RATE_LIMITED. Not asked for repeated calls. */
  readonly charge: (userId: number) => Promise<void>;
  /** @default `continue` */
  readonly afterCrash?: AfterCrash | undefined;
  /** Names the AI backend, so that what one shows of itself is not believed of another. @default all are one */
  readonly backend?: string | undefined;
}

/** The engine, with what only its owner may do. */
export interface RunEngine extends Runs {
  /**
   * Takes up what a crash or a shutdown left open: an answer that may go on is continued by a new run, the others are
   * closed as `interrupted`. For a node that is alone with its database, before it serves.
   * @returns how many
   */
  recover(): Promise<{ readonly continued: number; readonly ended: number }>;
  /** Lets go of a run that was ended in the database by somebody else, such as the deletion of its chat. */
  release(messageId: number): void;
  /** Ends all runs of a user, also those of other nodes. */
  endAllOf(userId: number, runs: readonly { runId: number; messageId: number }[]): Promise<void>;
  /** How many runs this process writes. */
  readonly activeCount: number;
  /**
   * Takes no new runs and gives the running ones time to end. Of the rest it hands over to the next start what may go on
   * there, and ends the others as `interrupted`. If the database refuses for longer than twice `storageRetryMs`,
   * they stay as they are; the next start takes them up too.
   * @param graceMs how long they may go on
   */
  shutdown(graceMs: number): Promise<void>;
}

/** Runs that one transaction of the recovery takes. */
const recoveryBatch = 200;

/** Makes the engine. Whoever makes it calls `shutdown` before closing the database. */
export function createRuns(options: RunsOptions): RunEngine {
  const { transactions, clock, log, limits, messages, feeds } = options;
  const claim = randomUUID();
  const active = new Map<number, ActiveRun>(); // by message
  const journal = createJournalWriter({
    transactions,
    clock,
    log,
    windowMs: limits.commitWindowMs,
    retryMs: limits.storageRetryMs,
  });
  const share = createLoopShare(clock);
  const continuations = createContinuations({
    transactions,
    log,
    backend: options.backend ?? '',
    atOnce: limits.maxContinuations,
  });
  /** Runs that nobody asked for: an answer goes on by itself once. */
  const automatic = new WeakSet<ActiveRun>();
  const goesOn = (options.afterCrash ?? 'continue') === 'continue';
  const starting = new Set<Promise<unknown>>();
  let stopping = false;

  const now = (): Date => new Date(clock.now());

  const begin = (userId: number, started: StartedRun): Started => {
    const { chatId, questionId, messageId, runId, startOffset } = started.ids;
    if (!started.repeated) {
      const request = toRequest({ userId, chatId, ...started, continueFrom: started.partial?.text });
      launch(userId, started.ids, { request, partial: started.partial });
      feeds.publish(userId);
      messages.publish(messageId);
    }
    return { chatId, questionId, messageId, runId, eventId: eventId({ runId, offset: startOffset }) };
  };

  const toRequest = (turn: {
    userId: number;
    chatId: number;
    question: string;
    history: AiRequest['history'];
    displayName: string | null;
    continueFrom: string | undefined;
  }): AiRequest => ({
    userId: turn.userId,
    chatId: turn.chatId,
    message: turn.question,
    history: turn.history,
    ...(options.systemPrompt === undefined ? {} : { systemPrompt: options.systemPrompt }),
    ...(turn.displayName === null ? {} : { displayName: turn.displayName }),
    ...(turn.continueFrom === undefined ? {} : { continueFrom: turn.continueFrom }),
  });

  /** Goes on with an answer that was cut off, once it is its turn. */
  const goOnWith = (continued: ContinuedRun): void => {
    const { runId, chatId, userId, startOffset } = continued;
    const place = continuations.enter(startOffset > 0);
    const run = launch(userId, continued, {
      async request(signal) {
        if (!(await place.turn(signal))) return undefined;
        const turn = await orRefuse(transactions.readTurn(runId, claim, limits.historyBudget));
        if (turn === undefined) return undefined;
        const continueFrom = startOffset > 0 ? turn.text : undefined;
        return toRequest({ userId, chatId, ...turn, continueFrom });
      },
      partial: null,
    });
    automatic.add(run);
    void run.closed.then(() => place.leave(run.wasEnded));
  };

  const launch = (
    userId: number,
    ids: Omit<TurnIds, 'questionId'>,
    { request, partial }: Pick<ActiveRunOptions, 'request' | 'partial'>,
  ): ActiveRun => {
    const run = startRun({
      ...ids,
      userId,
      claim,
      request,
      partial,
      ai: options.ai,
      transactions,
      journal,
      share,
      clock,
      log,
      maxAnswerLength: limits.maxAnswerLength,
      onContinues: (knows) => continuations.learn(knows),
      onChange: (messageId) => messages.publish(messageId),
      onMoved(from, to) {
        active.delete(from);
        active.set(to, run);
        messages.publish(from);
        feeds.publish(userId);
      },
    });
    active.set(ids.messageId, run);
    void run.closed.then(() => {
      // A deleted and restored chat may have gone on with the same message before its old run was let go.
      if (active.get(run.messageId) === run) active.delete(run.messageId);
      messages.publish(run.messageId);
      feeds.publish(userId);
    });
    return run;
  };

  const start = async (
    userId: number,
    key: ClientKeyInput | undefined,
    script: (input: {
      userId: number;
      claim: string;
      at: Date;
      maxRunsPerUser: number;
      historyBudget: number;
      key: ClientKeyInput | undefined;
    }) => Promise<StartedRun>,
  ): Promise<Started> => {
    if (stopping) throw new AmandaError('SHUTTING_DOWN');
    const known = key === undefined ? undefined : await orRefuse(transactions.recallTurn(userId, key));
    if (known !== undefined) return begin(userId, { repeated: true, ids: known });
    await options.charge(userId);
    if (stopping) throw new AmandaError('SHUTTING_DOWN');
    // Counted as none allowed, so that the transaction still finds a repeated call.
    const maxRunsPerUser = active.size >= limits.maxRuns ? 0 : limits.maxRunsPerUser;
    const { historyBudget } = limits;
    const begun = orRefuse(script({ userId, claim, at: now(), maxRunsPerUser, historyBudget, key })).then(
      (started) => begin(userId, started),
    );
    starting.add(begun);
    try {
      return await begun;
    } finally {
      starting.delete(begun);
    }
  };

  /** Whether the work was done within a time; it goes on if not. */
  const within = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
    const { promise: over, resolve } = Promise.withResolvers<false>();
    const timer = clock.setTimeout(() => resolve(false), ms);
    try {
      return await Promise.race([work.then(() => true), over]);
    } finally {
      timer.cancel();
    }
  };

  /** How long somebody waits for a run to be closed: what is being committed first, then the end itself. */
  const closeWaitMs = 2 * limits.storageRetryMs;

  const read = async (userId: number, messageId: number) =>
    toMessage(await orRefuse(transactions.readMessage(userId, messageId)));

  /** Ends a run that this process does not write: its writer finds its claim gone. */
  const endElsewhere = async (userId: number, runId: number, messageId: number): Promise<void> => {
    await orRefuse(transactions.closeRun(runId, null, { status: 'stopped' }, now()));
    messages.publish(messageId);
    feeds.publish(userId);
  };

  const upkeep = createUpkeep();

  function createUpkeep(): { stop(): void } {
    const timers = new Set<ClockTimer>();
    const every = (ms: number, work: () => Promise<void> | void): void => {
      let timer = clock.setTimeout(function again() {
        timers.delete(timer);
        void (async () => {
          try {
            await work();
          } catch (error) {
            log.warn({ err: error }, 'upkeep of runs failed; it is tried again');
          }
          if (stopped) return;
          timer = clock.setTimeout(again, ms);
          timers.add(timer);
        })();
      }, ms);
      timers.add(timer);
    };
    let stopped = false;
    every(limits.pingMs, () => {
      messages.pingAll();
      feeds.pingAll();
    });
    every(limits.pollMs, makeUpForLostHints);
    every(limits.leaseMs / 3, keepLeases);
    return {
      stop() {
        stopped = true;
        for (const timer of timers) timer.cancel();
      },
    };
  }

  const told = new Map<number, string>();

  /** Publishes each watched message that is not where it was at the last look. */
  async function makeUpForLostHints(): Promise<void> {
    const watched = messages.watched();
    const seen = new Map<number, string>();
    const elsewhere: number[] = [];
    for (const id of watched) {
      const run = active.get(id);
      if (run === undefined) elsewhere.push(id);
      else seen.set(id, `${run.tail.end}`);
    }
    for (let i = 0; i < elsewhere.length; i += 500) {
      for (const run of await transactions.readRunStates(elsewhere.slice(i, i + 500))) {
        seen.set(run.messageId, `${run.length} ${run.status}`);
      }
    }
    for (const id of watched) if (told.get(id) !== seen.get(id)) messages.publish(id);
    told.clear();
    for (const [id, state] of seen) told.set(id, state);
  }

  async function keepLeases(): Promise<void> {
    const at = now();
    const mine = new Map([...active.values()].map((run) => [run.runId, run]));
    const lost = mine.size === 0 ? [] : await transactions.heartbeat([...mine.keys()], claim, at);
    for (const runId of lost) void mine.get(runId)?.end('interrupted');
    for (;;) {
      const before = new Date(at.getTime() - limits.leaseMs);
      const closed = await transactions.closeLostRuns(before, claim, recoveryBatch, at);
      for (const run of closed) {
        messages.publish(run.messageId);
        feeds.publish(run.userId);
      }
      if (closed.length < recoveryBatch) return;
    }
  }

  /** Whether the next start can go on with an answer of this process. */
  const mayGoOn = (run: ActiveRun): boolean =>
    goesOn &&
    !automatic.has(run) &&
    run.tail.end < limits.maxAnswerLength &&
    (run.tail.end === 0 || continuations.known !== false);

  return {
    async send(userId, { chatId, text, clientId }) {
      const question = questionText(text, limits.maxQuestionLength);
      const key = clientKey(clientId, 'send', { chatId, text: question });
      return start(userId, key, (base) =>
        transactions.startSend({ ...base, chatId, text: question, title: titleOf(question) }),
      );
    },
    async regenerate(userId, { messageId, clientId }) {
      const key = clientKey(clientId, 'regenerate', { messageId });
      return start(userId, key, (base) => transactions.startRegenerate({ ...base, messageId }));
    },
    async edit(userId, { messageId, text, clientId }) {
      const question = questionText(text, limits.maxQuestionLength);
      const key = clientKey(clientId, 'edit', { messageId, text: question });
      return start(userId, key, (base) => transactions.startEdit({ ...base, messageId, text: question }));
    },
    async continue(userId, { messageId, clientId }) {
      const key = clientKey(clientId, 'continue', { messageId });
      return start(userId, key, (base) => transactions.startContinue({ ...base, messageId }));
    },
    async stop(userId, { messageId }) {
      const stored = await orRefuse(transactions.readMessage(userId, messageId));
      if (stored.status !== 'streaming') return toMessage(stored);
      const run = active.get(messageId);
      if (run !== undefined) {
        // The AI backend's call ends at once; the rest happens as soon as the database allows it.
        if (!(await within(closeWaitMs, run.end('stopped')))) throw new AmandaError('STORAGE_UNAVAILABLE');
      } else if (stored.run !== null) await endElsewhere(userId, stored.run.id, messageId);
      const left = await orRefuse(transactions.readMessage(userId, messageId));
      if (left.status !== 'streaming' || run === undefined || left.run === null) return toMessage(left);
      // It was handed over, and a next start may go on with it in a run of its own: whoever stops it wins over that.
      await endElsewhere(userId, left.run.id, messageId);
      return read(userId, messageId);
    },
    follow: (userId, input, context) =>
      follow({ transactions, topics: messages, activeRun: (id) => active.get(id) }, userId, input, context),
    release(messageId) {
      void active.get(messageId)?.end('stopped');
      messages.publish(messageId);
    },
    async endAllOf(userId, runs) {
      await Promise.all(
        [...active.values()].filter((run) => run.userId === userId).map((run) => run.end('stopped')),
      );
      for (const { runId, messageId } of runs) await endElsewhere(userId, runId, messageId);
    },
    async recover() {
      await continuations.recall();
      const { goOnWithinMs: maxAgeMs, maxAnswerLength: maxLength } = limits;
      const goOn = goesOn ? { maxAgeMs, maxLength, partial: continuations.known !== false } : null;
      const at = now();
      const continued: ContinuedRun[] = [];
      let ended = 0;
      for (;;) {
        const some = await transactions.recoverRuns({ claim, at, limit: recoveryBatch, goOn });
        continued.push(...some.continued);
        ended += some.ended.length;
        for (const run of some.ended) {
          messages.publish(run.messageId);
          feeds.publish(run.userId);
        }
        if (some.ended.length + some.continued.length === 0) break;
      }
      for (const run of continued) {
        goOnWith(run);
        messages.publish(run.messageId);
        feeds.publish(run.userId);
      }
      return { continued: continued.length, ended };
    },
    get activeCount() {
      return active.size;
    },
    async shutdown(graceMs) {
      stopping = true;
      await Promise.allSettled(starting);
      const running = [...active.values()];
      if (running.length > 0 && graceMs > 0) {
        await within(graceMs, Promise.all(running.map((run) => run.closed)));
      }
      const ended = Promise.all(
        [...active.values()].map((run) => (mayGoOn(run) ? run.handOver() : run.end('interrupted'))),
      );
      if (!(await within(closeWaitMs, ended))) {
        log.error({ runs: active.size }, 'the database refuses: runs stay open until the next start');
      }
      upkeep.stop();
      await journal.close();
      await continuations.close();
    },
  };
}
