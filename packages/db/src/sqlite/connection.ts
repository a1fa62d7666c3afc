import type BetterSqlite3 from 'better-sqlite3';
import type { FileWatch } from './file-watch.ts';
import type { Gate, GateKind } from './gate.ts';

/** The one connection, for transactions made of prepared statements (`transactions/`). */
export interface SqliteConnection {
  /** Its statements read integers as BigInt unless they call `safeIntegers(false)`. */
  readonly raw: BetterSqlite3.Database;
  /**
   * Runs `work` in one transaction (BEGIN IMMEDIATE … COMMIT), as soon as no other is open: when none is, it has
   * been committed before this returns. If `work` throws, everything is rolled back and its error passed on. When
   * another process holds a lock, the whole of it is run again, for as long as the gate is patient.
   *
   * `work` must be synchronous, and must let errors of its statements through: after some of them (a full disk)
   * SQLite has already ended the transaction.
   *
   * @throws {StorageError} when the storage failed; then nothing was kept.
   */
  exclusive<T>(work: () => T): Promise<T>;
  /**
   * Runs synchronous `work` of one statement that only reads, as soon as no transaction is open. Writes of other
   * processes do not hold it up, nor do writes of ours that wait for those.
   *
   * @throws {StorageError} when the storage failed.
   */
  read<T>(work: () => T): Promise<T>;
  /** Like `read`, for `work` of several statements, which all see one state of the database. */
  snapshot<T>(work: () => T): Promise<T>;
}

/** Makes the connection's interface for transactions. The caller closes `raw`. @param translate makes a StorageError of what the storage caused */
export function createConnection(
  raw: BetterSqlite3.Database,
  gate: Gate,
  watch: Pick<FileWatch, 'lookAfterWrite'>,
  translate: (error: unknown) => unknown,
): SqliteConnection {
  // Not a deferred BEGIN: with that, the first write after a read fails when another process has written meanwhile.
  const beginWriting = raw.prepare('BEGIN IMMEDIATE');
  const beginReading = raw.prepare('BEGIN');
  const commit = raw.prepare('COMMIT');
  const rollback = raw.prepare('ROLLBACK');
  let running = false;

  function transact<T>(begin: BetterSqlite3.Statement, work: () => T): T {
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

  async function enter<T>(kind: GateKind, work: () => T): Promise<T> {
    try {
      // Wrapped, so that the gate does not await a result that happens to have a `then`.
      const { result } = await gate.run(kind, () => ({ result: work() }));
      return result;
    } catch (error) {
      throw translate(error);
    }
  }

  return {
    raw,
    exclusive: async (work) =>
      await enter('write', () => {
        const result = transact(beginWriting, work);
        watch.lookAfterWrite();
        return result;
      }),
    read: async (work) => await enter('read', work),
    snapshot: async (work) => await enter('read', () => transact(beginReading, work)),
  };
}
