import { type Append, StorageError, type Transactions } from '@amanda/db';
import type { Clock, ClockTimer } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';

/** A run that text is written for. The writer moves `committed`; nobody else does. */
export interface JournalTarget {
  readonly runId: number;
  readonly claim: string;
  /** Where the run begins in the message's text, in UTF-16 code units. */
  readonly start: number;
  /** Length of the message's committed text in UTF-16 code units. */
  committed: number;
  /** Called with each stretch of text once it is committed, and only then. */
  readonly onCommitted: (text: string) => void;
  /** Called once when the run cannot be written any more. */
  readonly onLost: (reason: LostReason, cause?: unknown) => void;
}

/** `claim`: the run ended or has another writer. `storage`: the database refuses for too long, or this run alone. */
export type LostReason = 'claim' | 'storage';

/** Collects the pieces of all runs of the process and commits them together. */
export interface JournalWriter {
  /**
   * Takes text for a run's journal. Gives a promise when the database is behind: more may come once it resolves.
   */
  write(target: JournalTarget, text: string): Promise<void> | undefined;
  /** Resolves when everything taken for this run is committed, or the run is lost. */
  flush(target: JournalTarget): Promise<void>;
  /** Forgets what was taken for this run and not committed yet; resolves when no commit of it is under way. */
  drop(target: JournalTarget): Promise<void>;
  /** Commits what is there, and takes nothing more. */
  close(): Promise<void>;
}

/** Times in milliseconds. */
export interface JournalWriterOptions {
  readonly transactions: Pick<Transactions, 'append' | 'readRun'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The shortest time between two commits. The window is also three times as long as the last commit took. */
  readonly windowMs: number;
  /** How long a refusing database is asked again. */
  readonly retryMs: number;
}

interface Pending {
  readonly target: JournalTarget;
  parts: string[];
  length: number;
  waiting: (() => void)[];
}

/** Text that may wait for its commit before the AI backend's stream is held up, in UTF-16 code units. */
const highWater = 64 * 1024;
const retryPauseMs = 50;

/** Makes the writer of one process. Whoever makes it closes it. */
export function createJournalWriter(options: JournalWriterOptions): JournalWriter {
  const { transactions, clock, log } = options;
  let pending = new Map<number, Pending>();
  let timer: ClockTimer | undefined;
  let timerDue = Number.POSITIVE_INFINITY;
  let committing: Promise<void> | undefined;
  let lastStart = Number.NEGATIVE_INFINITY;
  let lastTook = 0;
  let closed = false;

  const schedule = (due: number): void => {
    if (committing !== undefined || due >= timerDue) return;
    clock.clearTimeout(timer);
    timerDue = due;
    timer = clock.setTimeout(startCommit, Math.max(0, due - clock.monotonic()));
  };

  const startCommit = (): void => {
    clock.clearTimeout(timer);
    timer = undefined;
    timerDue = Number.POSITIVE_INFINITY;
    if (committing !== undefined || pending.size === 0) return;
    const batch = [...pending.values()];
    pending = new Map();
    lastStart = clock.monotonic();
    committing = commit(batch)
      .catch((cause: unknown) => {
        // Not reached by a refusing database; whatever it is, no run may wait for ever.
        log.error({ err: cause }, 'the journal writer failed');
        for (const entry of batch) entry.target.onLost('storage', cause);
      })
      .finally(() => {
        committing = undefined;
        for (const entry of batch) for (const resume of entry.waiting) resume();
        if (pending.size > 0) schedule(lastStart + windowNow());
      });
  };

  const windowNow = (): number => Math.max(options.windowMs, 3 * lastTook);

  /** @param uncertain whether an earlier try may have been committed */
  const commit = async (batch: readonly Pending[], uncertain = false): Promise<void> => {
    const entries = batch.map(toAppend);
    const deadline = clock.monotonic() + options.retryMs;
    let mayBeThere = uncertain;
    for (;;) {
      try {
        const began = clock.monotonic();
        const appended = await transactions.append(entries, new Date(clock.now()));
        lastTook = clock.monotonic() - began;
        const done: boolean[] = [];
        // All is known before anything is told: this may fail too, and is then asked again.
        for (const [i, entry] of batch.entries()) {
          done.push(appended[i] === true || (mayBeThere && (await isCommitted(entry))));
        }
        for (const [i, entry] of batch.entries()) {
          if (done[i] === true) settle(entry);
          else entry.target.onLost('claim');
        }
        return;
      } catch (error) {
        if (!(error instanceof StorageError) || error.kind === 'other' || error.kind === 'damaged') {
          if (batch.length === 1) {
            for (const entry of batch) entry.target.onLost('storage', error);
          } else {
            // One run that cannot be written must not take the others along.
            for (const entry of batch) await commit([entry], true);
          }
          return;
        }
        mayBeThere = true;
        if (clock.monotonic() >= deadline) {
          log.error({ err: error, runs: batch.length }, 'the journal cannot be written');
          for (const entry of batch) entry.target.onLost('storage', error);
          return;
        }
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, retryPauseMs);
        });
      }
    }
  };

  /** After a commit of unknown outcome the run's own row says whether it happened. */
  const isCommitted = async ({ target, length }: Pending): Promise<boolean> => {
    const run = await transactions.readRun(target.runId);
    return run?.claim === target.claim && run.length === target.committed + length;
  };

  const settle = ({ target, parts, length }: Pending): void => {
    target.committed += length;
    target.onCommitted(parts.join(''));
  };

  const settled = (target: JournalTarget): Promise<void> =>
    new Promise((resolve) => {
      const entry = pending.get(target.runId);
      if (entry !== undefined) entry.waiting.push(resolve);
      else if (committing !== undefined) void committing.then(resolve);
      else resolve();
    });

  return {
    write(target, text) {
      if (text === '') return undefined;
      let entry = pending.get(target.runId);
      if (entry === undefined) {
        entry = { target, parts: [], length: 0, waiting: [] };
        pending.set(target.runId, entry);
      }
      entry.parts.push(text);
      entry.length += text.length;
      // A run's first piece does not wait for the window.
      if (closed || target.committed === target.start) schedule(clock.monotonic());
      else schedule(lastStart + windowNow());
      return entry.length >= highWater ? settled(target) : undefined;
    },
    async flush(target) {
      schedule(clock.monotonic());
      await settled(target);
      if (pending.has(target.runId)) {
        schedule(clock.monotonic());
        await settled(target);
      }
    },
    async drop(target) {
      const entry = pending.get(target.runId);
      pending.delete(target.runId);
      for (const resume of entry?.waiting ?? []) resume();
      await committing;
    },
    async close() {
      closed = true;
      for (;;) {
        if (committing === undefined) startCommit();
        if (committing === undefined) break;
        await committing;
      }
      clock.clearTimeout(timer);
    },
  };
}

const toAppend = ({ target, parts }: Pending): Append => ({
  runId: target.runId,
  claim: target.claim,
  from: target.committed,
  text: parts.join(''),
});
