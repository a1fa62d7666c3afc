import { randomUUID } from 'node:crypto';
import type { AiClient, AiRequest } from '@amanda/ai-client';
import type { ClientKeyInput, HotQueries, StartedRun, TurnIds } from '@amanda/db';
import type { Topics } from '../bus/topics.ts';
import type { Clock, ClockTimer } from '../clock/clock.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { orRefuse } from '../errors/refusals.ts';
import type { Log } from '../log/log.ts';
import { toMessage } from '../messages/to-message.ts';
import { type ActiveRun, startRun } from './active-run.ts';
import { eventId } from './event-id.ts';
import { follow } from './follow.ts';
import { clientKey, questionText } from './input.ts';
import { createJournalWriter } from './journal-writer.ts';
import type { Runs, Started } from './runs.ts';
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
};

/** What the engine is made of. */
export interface RunsOptions {
  readonly hot: HotQueries;
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
}

/** The engine, with what only its owner may do. */
export interface RunEngine extends Runs {
  /**
   * Closes what a crash left open, as `interrupted`. For a node that is alone with its database, before it serves.
   * @returns how many runs
   */
  recover(): Promise<number>;
  /** Lets go of a run that was ended in the database by somebody else, such as the deletion of its chat. */
  release(messageId: number): void;
  /** Ends all runs of a user, also those of other nodes. */
  endAllOf(userId: number, runs: readonly { runId: number; messageId: number }[]): Promise<void>;
  /** How many runs this process writes. */
  readonly activeCount: number;
  /**
   * Takes no new runs, gives the running ones time to end, and ends the rest as `interrupted`. Nothing is left open,
   * unless the database refuses for longer than twice `storageRetryMs`: then the next start closes it.
   * @param graceMs how long they may go on
   */
  shutdown(graceMs: number): Promise<void>;
}

/** After every heartbeat: a node that is alone with its database holds no run when it starts. */
const endOfTime = new Date('9999-01-01T00:00:00Z');

/** Runs that one transaction of the recovery closes. */
const recoveryBatch = 200;

/** Makes the engine. Whoever makes it calls `shutdown` before closing the database. */
export function createRuns(options: RunsOptions): RunEngine {
  const { hot, clock, log, limits, messages, feeds } = options;
  const claim = randomUUID();
  const active = new Map<number, ActiveRun>(); // by message
  const journal = createJournalWriter({
    hot,
    clock,
    log,
    windowMs: limits.commitWindowMs,
    retryMs: limits.storageRetryMs,
  });
  const starting = new Set<Promise<unknown>>();
  let stopping = false;

  const now = (): Date => new Date(clock.now());

  const begin = (userId: number, started: StartedRun): Started => {
    const { chatId, questionId, messageId, runId, startOffset } = started.ids;
    if (!started.repeated) {
      launch(userId, started.ids, {
        request: {
          userId,
          chatId,
          message: started.question,
          history: started.history,
          ...(options.systemPrompt === undefined ? {} : { systemPrompt: options.systemPrompt }),
          ...(started.displayName === null ? {} : { displayName: started.displayName }),
          ...(started.partial === null ? {} : { continueFrom: started.partial.text }),
        },
        partial: started.partial,
      });
      feeds.publish(userId);
      messages.publish(messageId);
    }
    return { chatId, questionId, messageId, runId, eventId: eventId({ runId, offset: startOffset }) };
  };

  const launch = (
    userId: number,
    ids: TurnIds,
    {
      request,
      partial,
    }: { request: AiRequest; partial: { status: string; errorCode: string | null } | null },
  ): void => {
    const run = startRun({
      ...ids,
      userId,
      claim,
      request,
      partial,
      ai: options.ai,
      hot,
      journal,
      clock,
      log,
      maxAnswerLength: limits.maxAnswerLength,
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
    const known = key === undefined ? undefined : await orRefuse(hot.recallTurn(userId, key));
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
    toMessage(await orRefuse(hot.readMessage(userId, messageId)));

  /** Ends a run that this process does not write: its writer finds its claim gone. */
  const endElsewhere = async (userId: number, runId: number, messageId: number): Promise<void> => {
    await orRefuse(hot.closeRun(runId, null, { status: 'stopped' }, now()));
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
      for (const run of await hot.readRunStates(elsewhere.slice(i, i + 500))) {
        seen.set(run.messageId, `${run.length} ${run.status}`);
      }
    }
    for (const id of watched) if (told.get(id) !== seen.get(id)) messages.publish(id);
    told.clear();
    for (const [id, state] of seen) told.set(id, state);
  }

  async function keepLeases(): Promise<void> {
    const mine = new Map([...active.values()].map((run) => [run.runId, run]));
    const lost = mine.size === 0 ? [] : await hot.heartbeat([...mine.keys()], claim, now());
    for (const runId of lost) void mine.get(runId)?.end('interrupted');
    await closeLost(new Date(clock.now() - limits.leaseMs));
  }

  async function closeLost(before: Date): Promise<number> {
    let count = 0;
    for (;;) {
      const closed = await hot.closeLostRuns(before, recoveryBatch, now());
      for (const run of closed) {
        messages.publish(run.messageId);
        feeds.publish(run.userId);
      }
      count += closed.length;
      if (closed.length < recoveryBatch) return count;
    }
  }

  return {
    async send(userId, { chatId, text, clientId }) {
      const question = questionText(text, limits.maxQuestionLength);
      const key = clientKey(clientId, 'send', { chatId, text: question });
      return start(userId, key, (base) =>
        hot.startSend({ ...base, chatId, text: question, title: titleOf(question) }),
      );
    },
    async regenerate(userId, { messageId, clientId }) {
      const key = clientKey(clientId, 'regenerate', { messageId });
      return start(userId, key, (base) => hot.startRegenerate({ ...base, messageId }));
    },
    async edit(userId, { messageId, text, clientId }) {
      const question = questionText(text, limits.maxQuestionLength);
      const key = clientKey(clientId, 'edit', { messageId, text: question });
      return start(userId, key, (base) => hot.startEdit({ ...base, messageId, text: question }));
    },
    async continue(userId, { messageId, clientId }) {
      const key = clientKey(clientId, 'continue', { messageId });
      return start(userId, key, (base) => hot.startContinue({ ...base, messageId }));
    },
    async stop(userId, { messageId }) {
      const stored = await orRefuse(hot.readMessage(userId, messageId));
      if (stored.status !== 'streaming') return toMessage(stored);
      const run = active.get(messageId);
      if (run !== undefined) {
        // The AI backend's call ends at once; the rest happens as soon as the database allows it.
        if (!(await within(closeWaitMs, run.end('stopped')))) throw new AmandaError('STORAGE_UNAVAILABLE');
      } else if (stored.run !== null) await endElsewhere(userId, stored.run.id, messageId);
      return read(userId, messageId);
    },
    follow: (userId, input, context) =>
      follow({ hot, topics: messages, activeRun: (id) => active.get(id) }, userId, input, context),
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
    recover: () => closeLost(endOfTime),
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
      const ended = Promise.all([...active.values()].map((run) => run.end('interrupted')));
      if (!(await within(closeWaitMs, ended))) {
        log.error({ runs: active.size }, 'the database refuses: runs stay open until the next start');
      }
      upkeep.stop();
      await journal.close();
    },
  };
}
