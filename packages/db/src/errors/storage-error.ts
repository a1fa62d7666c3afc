import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { Prisma } from '../../generated/sqlite/client.ts';
import { driverCodeOf } from './driver-code.ts';

/**
 * Why the database could not do its work:
 * - `busy`: another process holds the lock for longer than the busy timeout (5 s); worth another try;
 * - `full`: no space left; worth another try once there is some;
 * - `readonly`: the file or its folder cannot be written;
 * - `io`: the operating system reported a read or write error;
 * - `closed`: the database was closed;
 * - `gone`: its file was deleted or replaced while it was open; nothing more is taken;
 * - `damaged`: the file is not what SQLite wrote;
 * - `other`: anything else about the storage.
 */
export type StorageErrorKind = 'busy' | 'full' | 'readonly' | 'io' | 'closed' | 'gone' | 'damaged' | 'other';

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
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['SQLITE_NOMEM', 'other'],
];

/**
 * The error as a {@link StorageError} if the storage caused it, else the error itself (a violated constraint, say). The
 * one place that knows: it understands the driver's errors, those of Prisma's adapter, and Prisma's own around them.
 */
export function asStorageError(error: unknown): unknown {
  const code = driverCodeOf(error);
  if (error instanceof Error && code !== undefined) {
    // Extended codes append a suffix: SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_FSYNC.
    const found = kinds.find(([name]) => code === name || code.startsWith(`${name}_`));
    return found === undefined ? error : new StorageError(found[1], messageOf(error), { cause: error });
  }
  // A transaction of Prisma's that found no turn in time, or lost it.
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2028')
    return new StorageError('busy', error.message, { cause: error });
  return error;
}

const messageOf = (error: Error): string =>
  isDriverAdapterError(error) ? (error.cause.originalMessage ?? error.message) : error.message;
