import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

import { fileOfUrl } from '@amanda/db';
import Sqlite from 'better-sqlite3';

import type { Config } from '../config/config.ts';
import { Refusal } from './refusal.ts';

/** The sole use of a data folder, and of a database outside it. */
export interface DataDirLock extends Disposable {
  release(): void;
}

/**
 * Makes the data folder (mode 0700) and locks it for this process, and the database too when it lies elsewhere: a
 * second server on either would end the first one's answers.
 * @throws {Refusal} when another process holds one of them or the folder cannot be written
 */
export function lockDataDir({ dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>): DataDirLock {
  try {
    makeFolder(dataDir);
  } catch (error) {
    throw new Refusal(`DATA_DIR ${dataDir} cannot be written.`, { cause: error });
  }
  using locks = new DisposableStack();
  locks.use(lockFile(path.join(dataDir, 'amanda.lock'), { variable: 'DATA_DIR', place: dataDir }));
  const database = fileOfUrl(databaseUrl);
  if (path.dirname(database) !== dataDir && existsSync(path.dirname(database))) {
    locks.use(lockFile(`${database}.lock`, { variable: 'DATABASE_URL', place: database }));
  }
  const held = locks.move();
  const release = () => held.dispose();
  return { release, [Symbol.dispose]: release };
}

/**
 * Takes SQLite's exclusive lock on a file of its own: the operating system drops it with the process, however that
 * ends, so none is ever stale.
 */
function lockFile(name: string, { variable, place }: { variable: string; place: string }): Disposable {
  let file: Sqlite.Database;
  try {
    file = new Sqlite(name, { timeout: 0 });
  } catch (error) {
    throw new Refusal(`${variable} ${place} cannot be written.`, { cause: error });
  }
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new Refusal(
        `${variable} ${place} is in use by another Amanda; stop that one or set ${variable}.`,
      );
    }
    throw new Refusal(`${variable} ${place} cannot be locked.`, { cause: error });
  }
  return { [Symbol.dispose]: () => void file.close() };
}

/** Like Node's `recursive`, which never returns where no folder can be made inside an existing one, as in `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else was quicker.
    if (!existsSync(folder)) throw error;
  }
}
