import type BetterSqlite3 from 'better-sqlite3';
import { asStorageError } from '../errors/storage-error.ts';
import type { Gate } from './gate.ts';

/** The one connection, for transactions made of prepared statements (`hot/`). */
export interface SqliteConnection {
  /** Its statements read integers as BigInt unless they call `safeIntegers(false)`. */
  readonly raw: BetterSqlite3.Database;
  /**
   * Runs `work` in one transaction (BEGIN IMMEDIATE … COMMIT), as soon as no other is open: when none is, it has
   * been committed before this returns. If `work` throws, everything is rolled back and its error passed on.
   *
   * `work` must be synchronous, and must let errors of its statements through: after some of them (a full disk)
   * SQLite has already ended the transaction.
   *
   * @throws {StorageError} when the storage failed; then nothing was kept.
   */
  exclusive<T>(work: () => T): Promise<T>;
  /**
   * Runs synchronous `work` that only reads, as soon as no transaction is open. Statements see one state of the
   * database only if nothing else writes the file in between, as is so with one process.
   *
   * @throws {StorageError} when the storage failed.
   */
  read<T>(work: () => T): Promise<T>;
}

/** Makes the connection's interface for transactions. The caller closes `raw`. */
export function createConnection(raw: BetterSqlite3.Database, gate: Gate): SqliteConnection {
  const begin = raw.prepare('BEGIN IMMEDIATE');
  const commit = raw.prepare('COMMIT');
  const rollback = raw.prepare('ROLLBACK');
  let running = false;

  function transact<T>(work: () => T): T {
    if (running)
      throw new Error('A transaction is already running: exclusive() was called inside exclusive().');
    // Only if an earlier ROLLBACK failed.
    if (raw.inTransaction) rollback.run();
    running = true;
    try {
      begin.run();
      const result = work();
      if (result instanceof Promise) throw new TypeError('The work of a transaction must be synchronous.');
      commit.run();
      return result;
    } catch (error) {
      if (raw.inTransaction) rollback.run();
      throw error;
    } finally {
      running = false;
    }
  }

  async function enter<T>(work: () => T): Promise<T> {
    // Wrapped, so that the gate does not await a result that happens to have a `then`.
    const { result } = await gate.run(() => {
      try {
        return { result: work() };
      } catch (error) {
        throw asStorageError(error);
      }
    });
    return result;
  }

  return {
    raw,
    exclusive: async (work) => await enter(() => transact(work)),
    read: async (work) => await enter(work),
  };
}
