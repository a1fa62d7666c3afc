import { workerData } from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';
import type { FoldJob } from './fold-job.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made by holdLargeLog and by nobody else
const { file, restPages } = workerData as FoldJob;
const raw = new BetterSqlite3(file, { fileMustExist: true, timeout: 0 });
try {
  // As the server's own connection does it: the database is synced before pages of the WAL are used again.
  raw.pragma('synchronous = FULL');
  let before = 0;
  for (;;) {
    // PASSIVE waits for nobody and holds nobody up. https://sqlite.org/pragma.html#pragma_wal_checkpoint
    const [result] = raw.prepare<[], { busy: number; log: number }>('PRAGMA wal_checkpoint(PASSIVE)').all();
    if (result === undefined || result.busy !== 0 || result.log - before < restPages) break;
    before = result.log;
  }
} finally {
  raw.close();
}
