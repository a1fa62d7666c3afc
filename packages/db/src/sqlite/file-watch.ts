import { statSync } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';
import type { DatabaseLog } from '../database.ts';
import { StorageError } from '../errors/storage-error.ts';
import { defaultPatienceMs } from './lock-wait.ts';

/** How old a look at the WAL may be when a write is acknowledged, in milliseconds. The database is looked at each time. */
const freshMs = 20;
/** How often the files are looked at when nothing is written, in milliseconds. */
const everyMs = 1_000;

/** Notices that the files of an open database are not the ones at its path any more. */
export interface FileWatch extends Disposable {
  /**
   * Looks at the files now. A WAL that was taken away is written back into the database and made anew.
   * @throws {StorageError} `gone` when the database itself was deleted or replaced
   */
  look(): void;
  /** For the end of each write: the same, but the WAL only if it was not looked at a moment ago. */
  lookAfterWrite(): void;
  /** Looks once a second from now on, and calls `onGone` once when there is nothing to be saved. */
  start(onGone: (error: StorageError) => void): void;
}

/**
 * Remembers which files an open connection uses: what is written into a deleted file is lost, however well it was
 * acknowledged. Dispose of it before the connection is closed.
 * @param raw a connection that has read the database, so that the WAL and its index are there
 */
export function watchFiles(options: {
  readonly file: string;
  readonly raw: BetterSqlite3.Database;
  readonly log: DatabaseLog;
}): FileWatch {
  const { file, raw, log } = options;
  const companions = [`${file}-wal`, `${file}-shm`];
  const database = identityOf(file);
  let beside = companions.map(identityOf);
  let lookedAt = performance.now();
  let gone: StorageError | undefined;
  let missingSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let tell: ((error: StorageError) => void) | undefined;

  function leave(why: string): never {
    gone = new StorageError('gone', why);
    clearInterval(timer);
    tell?.(gone);
    throw gone;
  }

  /** Turning the WAL off writes all of it into the database; turning it on again makes new files. */
  function renewWal(): void {
    missingSince ??= performance.now();
    try {
      if (raw.pragma('journal_mode = DELETE', { simple: true }) !== 'delete') throw stillInUse();
      if (raw.pragma('journal_mode = WAL', { simple: true }) !== 'wal') throw stillInUse();
      raw.exec('BEGIN IMMEDIATE; ROLLBACK');
    } catch (error) {
      if (performance.now() - missingSince < defaultPatienceMs) throw stillInUse(error);
      leave(`The WAL of ${file} was deleted or replaced while it was open.`);
    }
    missingSince = undefined;
    beside = companions.map(identityOf);
    log(
      'warn',
      { file },
      'the WAL of the database was taken away by somebody; it was made anew, nothing is lost',
    );
  }

  /** Another process reads the database: what was written is not acknowledged until the WAL can be made anew. */
  function stillInUse(cause?: unknown): StorageError {
    return new StorageError('busy', `The WAL of ${file} was taken away, and cannot be made anew yet.`, {
      cause,
    });
  }

  function look(): void {
    if (gone !== undefined) throw gone;
    lookedAt = performance.now();
    if (identityOf(file) !== database) leave(`${file} was deleted or replaced while it was open.`);
    // Inside a transaction of Prisma's it cannot be done; the next look comes soon.
    if (!raw.inTransaction && companions.some((path, i) => identityOf(path) !== beside[i])) renewWal();
  }

  return {
    look,
    lookAfterWrite() {
      const isOld = missingSince !== undefined || performance.now() - lookedAt >= freshMs;
      if (isOld || identityOf(file) !== database) look();
    },
    start(onGone) {
      tell = onGone;
      timer = setInterval(() => {
        try {
          look();
        } catch (error) {
          if (error !== gone) log('error', { file, err: error }, 'the database could not be looked at');
        }
      }, everyMs);
      timer.unref();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Device and number of the file at a path; undefined when there is none, or it cannot be seen. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
