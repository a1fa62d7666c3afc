import BetterSqlite3 from 'better-sqlite3';

/**
 * Why the database could not do its work:
 * - `busy`: another process holds the lock for longer than the busy timeout (5 s); worth another try;
 * - `full`: no space left; worth another try once there is some;
 * - `readonly`: the file or its folder cannot be written;
 * - `io`: the operating system reported a read or write error;
 * - `closed`: the database was closed;
 * - `other`: anything else about the storage, a damaged file for instance.
 */
export type StorageErrorKind = 'busy' | 'full' | 'readonly' | 'io' | 'closed' | 'other';

/** The storage failed; nothing of the transaction was kept. The driver's error is the `cause`. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly kind: StorageErrorKind;

  constructor(kind: StorageErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Primary result codes of SQLite that tell of the storage, not of the statement. https://sqlite.org/rescode.html */
const kinds: readonly (readonly [code: string, kind: StorageErrorKind])[] = [
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_LOCKED', 'busy'],
  ['SQLITE_PROTOCOL', 'busy'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'readonly'],
  ['SQLITE_PERM', 'readonly'],
  ['SQLITE_IOERR', 'io'],
  ['SQLITE_CANTOPEN', 'other'],
  ['SQLITE_CORRUPT', 'other'],
  ['SQLITE_NOTADB', 'other'],
  ['SQLITE_NOMEM', 'other'],
];

/** The error as a {@link StorageError} if SQLite's storage caused it, else the error itself (a violated constraint, say). */
export function asStorageError(error: unknown): unknown {
  if (!(error instanceof BetterSqlite3.SqliteError)) return error;
  // Extended codes append a suffix: SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_FSYNC.
  const found = kinds.find(([code]) => error.code === code || error.code.startsWith(`${code}_`));
  return found === undefined ? error : new StorageError(found[1], error.message, { cause: error });
}
