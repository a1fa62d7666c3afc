import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type BetterSqlite3 from 'better-sqlite3';
import type { DatabaseLog } from '../database.ts';
import type { FoldJob } from './fold-job.ts';
import { journalSizeLimit, walAutocheckpoint } from './pragmas.ts';

/**
 * Has a WAL that is larger than it is let grow folded into the database by a thread of its own: the first commit would
 * otherwise do it, and with it the start and the event loop would wait for all of it to be written. Commits go on
 * meanwhile. Only a crash while another process read the database leaves such a one.
 * @param options.raw a connection outside any transaction that has read the database; it folds nothing until this is over
 * @returns a promise that never rejects: when it fails, the connection folds the WAL as ever. The connection must not be
 *   closed before
 */
export async function foldLargeLog(options: {
  readonly file: string;
  readonly raw: BetterSqlite3.Database;
  readonly log: DatabaseLog;
}): Promise<void> {
  const { file, raw, log } = options;
  const bytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes <= journalSizeLimit) return;
  raw.pragma('wal_autocheckpoint = 0');
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
