import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

import { fileOfUrl } from '@amanda/db';
import Sqlite from 'better-sqlite3';

import type { Config } from '../config/config.ts';
import { type FileLockFailure, lockWholeFile } from './file-lock.ts';
import { Refusal } from './refusal.ts';

/** The sole use of a data folder and of a database. */
export interface DataDirLock extends Disposable {
  release(): void;
}

/**
 * Makes the data folder (mode 0700) and locks it for this process, and the database whatever name it goes by: a second
 * server on either would end the first one's answers. Release it after the database was closed.
 * See docs/decisions/0007-waiting-for-locks.md.
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
  locks.use(lockDatabase(dataDir, fileOfUrl(databaseUrl)));
  const held = locks.move();
  const release = () => held.dispose();
  return { release, [Symbol.dispose]: release };
}

/** Locks the database itself. Where the machine cannot do that, a file beside it stands for it. */
function lockDatabase(dataDir: string, database: string): Disposable {
  const isOwn = database === path.join(dataDir, 'amanda.db');
  const where = { variable: isOwn ? 'DATA_DIR' : 'DATABASE_URL', place: isOwn ? dataDir : database };
  // What is wrong with such a path is said by whoever opens the database.
  if (!existsSync(path.dirname(database)) || isFolder(database)) return { [Symbol.dispose]: () => {} };
  let lock: Disposable | FileLockFailure;
  try {
    lock = lockWholeFile(database);
  } catch (error) {
    throw new Refusal(`${where.variable} ${database} cannot be written.`, { cause: error });
  }
  if (lock === 'taken') throw taken(where);
  if (lock !== 'unsupported') return lock;
  const real = existsSync(database) ? realpathSync(database) : database;
  if (existsSync(real) && statSync(real).nlink > 1) {
    throw new Refusal(
      `${where.variable} ${database} has other hard links, and without the program flock it cannot be locked.`,
    );
  }
  return lockFile(`${real}.lock`, where);
}

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;

const taken = ({ variable, place }: { variable: string; place: string }): Refusal =>
  new Refusal(`${variable} ${place} is in use by another Amanda; stop that one or set ${variable}.`);

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
      throw taken({ variable, place });
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
