import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type BetterSqlite3 from 'better-sqlite3';
import type { DatabaseLog } from '../database.ts';
import type { FoldJob } from './fold-job.ts';
import { journalSizeLimit, walAutocheckpoint } from './pragmas.ts';

/** A WAL that may be larger than it is let grow. */
export interface LargeLog {
  /**
   * Folds it into the database, in a thread of its own; commits go on meanwhile. Begins once, however often it is called.
   * Never rejects: when it fails, the connection folds the WAL as ever. The connection must not be closed before.
   */
  fold(): Promise<void>;
  /** Resolves when what was begun is over. */
  idle(): Promise<void>;
}

/**
 * Keeps commits from folding a WAL that is larger than it is let grow, until `fold` has done it: the first commit would
 * otherwise have the start and the event loop wait until all of it is written. Only a crash while another process read
 * the database leaves such a one.
 * @param options.raw a connection outside any transaction that has read the database
 */
export function holdLargeLog(options: {
  readonly file: string;
  readonly raw: BetterSqlite3.Database;
  readonly log: DatabaseLog;
}): LargeLog {
  const { file, raw, log } = options;
  const bytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const isLarge = bytes > journalSizeLimit;
  if (isLarge) raw.pragma('wal_autocheckpoint = 0');

  async function fold(): Promise<void> {
    const startedAt = performance.now();
    try {
      const job: FoldJob = { file, restPages: walAutocheckpoint };
      await inThread(job);
      log('info', { file, bytes, ms: Math.round(performance.now() - startedAt) }, 'a large WAL was folded');
    } catch (error) {
      log('warn', { file, bytes, err: error }, 'a large WAL could not be folded by a thread of its own');
    } finally {
      raw.pragma(`wal_autocheckpoint = ${walAutocheckpoint}`);
    }
  }

  let folding: Promise<void> | undefined;
  return {
    fold: async () => await (folding ??= isLarge ? fold() : Promise.resolve()),
    idle: async () => await folding,
  };
}

async function inThread(job: FoldJob): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const worker = new Worker(new URL('./fold-thread.ts', import.meta.url), {
    workerData: job,
    env: {},
    execArgv: [],
  });
  worker.on('error', ended.reject);
  worker.on('exit', () => ended.resolve());
  await ended.promise;
}
