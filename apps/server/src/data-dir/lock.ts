import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

import Sqlite from 'better-sqlite3';

import { Refusal } from './refusal.ts';

/** The sole use of a data folder. */
export interface DataDirLock extends Disposable {
  release(): void;
}

/**
 * Makes the data folder (mode 0700) and locks it for this process. The lock is SQLite's exclusive lock on a file of its
 * own: the operating system drops it with the process, however that ends, so none is ever stale.
 * @throws {Refusal} when another process holds it or the folder cannot be written
 */
export function lockDataDir(dataDir: string): DataDirLock {
  let file: Sqlite.Database;
  try {
    makeFolder(dataDir);
    file = new Sqlite(path.join(dataDir, 'amanda.lock'), { timeout: 0 });
  } catch (error) {
    throw new Refusal(`DATA_DIR ${dataDir} cannot be written.`, { cause: error });
  }
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new Refusal(`DATA_DIR ${dataDir} is in use by another Amanda; stop that one or set DATA_DIR.`);
    }
    throw new Refusal(`DATA_DIR ${dataDir} cannot be locked.`, { cause: error });
  }
  const release = () => {
    if (file.open) file.close();
  };
  return { release, [Symbol.dispose]: release };
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
