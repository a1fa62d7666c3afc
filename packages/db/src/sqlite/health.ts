import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { StorageError } from '../errors/storage-error.ts';
import type { SqliteConnection } from './connection.ts';
import type { FileWatch } from './file-watch.ts';
import type { Gate } from './gate.ts';

/** What the WAL needs at least to go on, in bytes. */
const leastFreeBytes = 1024 ** 2;
/** How long a probe's result stands, in milliseconds. */
const standsMs = 1_000;
/** How long a lock may stay before the database counts as not ready, in milliseconds. */
const lockedForMs = 5_000;
/** How long an answer waits for the probe's write when a lock is in its way, in milliseconds. */
const quickMs = 100;

/** The first bytes of a database, and where its header has the size of a page and their number. */
const header = { magic: 'SQLite format 3\0', bytes: 32, pageSize: 16, pages: 28 } as const;

/** Finds out whether a database can be written now. */
export interface Health extends Disposable {
  /**
   * @returns why not; null when it can. Callers within a second share one probe: a look at the files and at the free
   *   space, and one small write. While another process holds the write lock, nothing is written.
   */
  check(): Promise<StorageError | null>;
}

/** Makes it, on an open database. Dispose of it after the connection was closed: it keeps the file open. */
export function createHealth(options: {
  readonly file: string;
  readonly connection: SqliteConnection;
  readonly gate: Gate;
  readonly watch: Pick<FileWatch, 'look'>;
  readonly patienceMs: number;
  /** Makes a {@link StorageError} of what the storage caused. */
  readonly translate: (error: unknown) => unknown;
  /** That the database was found damaged: it is not well again before a new start. */
  readonly damage: () => StorageError | undefined;
}): Health {
  const { file, connection, gate, watch, patienceMs } = options;
  // Kept open: closing any descriptor of a file drops all locks that the process has on it, SQLite's included.
  // https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
  const descriptor = openSync(file, 'r');
  const touch: BetterSqlite3.Statement = connection.raw.prepare(
    `UPDATE settings SET value = value WHERE key = 'feed_epoch'`,
  );
  let largest = fstatSync(descriptor).size;
  let writing: Promise<Error | null> | undefined;
  let last: { readonly at: number; readonly result: Promise<StorageError | null> } | undefined;

  /** What SQLite itself would notice only when it reads those pages again. */
  function lookInside(): void {
    const bytes = Buffer.alloc(header.bytes);
    const read = readSync(descriptor, bytes, 0, header.bytes, 0);
    const isSqlite = bytes.toString('latin1', 0, header.magic.length) === header.magic;
    if (read < header.bytes || !isSqlite)
      throw new StorageError('damaged', `${file} is no database any more.`);
    const pageSize = bytes.readUInt16BE(header.pageSize);
    const expected = bytes.readUInt32BE(header.pages) * (pageSize === 1 ? 65_536 : pageSize);
    const { size } = fstatSync(descriptor);
    // While pages wait in the WAL the file may be shorter than its header says, but it does not shrink then.
    if (size < largest && size < expected) throw new StorageError('damaged', `${file} was cut short.`);
    largest = size;
  }

  async function lookAround(): Promise<void> {
    const { bavail, bsize, blocks } = await statfs(path.dirname(file));
    if (blocks > 0 && bavail * bsize < leastFreeBytes)
      throw new StorageError('full', `There is no room for ${file} to grow.`);
  }

  async function write(): Promise<void> {
    // Of a probe that meets a lock only this much is left behind, however often somebody asks.
    writing ??= connection
      .exclusive(() => touch.run())
      .then(
        () => null,
        (error: unknown) => asError(error),
      )
      .finally(() => {
        writing = undefined;
      });
    const waited = Promise.withResolvers<undefined>();
    const timer = setTimeout(waited.resolve, quickMs, undefined);
    let outcome = await Promise.race([writing, waited.promise]);
    clearTimeout(timer);
    // A lock for a moment only makes writes wait. Without one it is the disk that is slow.
    const { lockedSince } = gate;
    if (outcome === undefined && lockedSince === undefined) outcome = await writing;
    if (outcome instanceof Error) throw outcome;
    if (lockedSince !== undefined && performance.now() - lockedSince >= Math.min(patienceMs, lockedForMs))
      throw new StorageError('busy', 'Another process holds the write lock.');
  }

  async function probe(): Promise<StorageError | null> {
    try {
      watch.look();
      lookInside();
      await lookAround();
      await write();
      return null;
    } catch (error) {
      const cause = options.translate(error);
      return cause instanceof StorageError ? cause : new StorageError('other', String(cause), { cause });
    }
  }

  return {
    async check() {
      const damage = options.damage();
      if (damage !== undefined) return damage;
      if (last === undefined || performance.now() - last.at >= standsMs) {
        last = { at: performance.now(), result: probe() };
      }
      return await last.result;
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
