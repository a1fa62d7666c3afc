import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  Transaction,
} from '@prisma/driver-adapter-utils';
import BetterSqlite3 from 'better-sqlite3';
import { StorageError } from '../errors/storage-error.ts';
import type { FileWatch } from './file-watch.ts';
import type { Gate } from './gate.ts';
import { whenUnlocked } from './lock-wait.ts';

const statement = (sql: string): SqlQuery => ({ sql, args: [], argTypes: [] });

/** What only reads may pass a write that waits for a lock. Prisma's reads all begin so, and nothing else does. */
const kindOf = ({ sql }: SqlQuery): 'read' | 'write' => (/^\s*SELECT\b/i.test(sql) ? 'read' : 'write');

/** Prisma's adapter with its one connection, and that connection itself. */
export interface OpenedAdapter {
  readonly adapter: SqlDriverAdapter;
  readonly raw: BetterSqlite3.Database;
}

/**
 * Opens the file through Prisma's adapter. The connection reads integers as BigInt unless a statement says otherwise.
 *
 * @param onStatement is told each statement before it runs; an error that it throws becomes the statement's.
 */
export async function openAdapter(file: string, onStatement?: (sql: string) => void): Promise<OpenedAdapter> {
  const adapter = await new PrismaBetterSqlite3({
    url: file,
    // SQLite would wait for a lock by stopping the event loop.
    timeout: 0,
    ...(onStatement && { verbose: (sql) => onStatement(String(sql)) }),
  }).connect();
  const raw: unknown = Reflect.get(adapter, 'client');
  if (!(raw instanceof BetterSqlite3)) {
    throw new TypeError('The Prisma adapter does not show its better-sqlite3 connection as `client`.');
  }
  return { adapter, raw };
}

/** What stands between Prisma and the connection. */
export interface Guards {
  readonly gate: Gate;
  readonly watch: Pick<FileWatch, 'lookAfterWrite'>;
  /** How long the end of a transaction waits for a lock, in milliseconds. */
  readonly patienceMs: number;
  /** Makes a {@link StorageError} of what the storage caused. */
  readonly translate: (error: unknown) => unknown;
}

/**
 * The adapter behind the gate: a statement outside the open transaction waits until it is over, for on the one
 * connection it would run inside it and be undone with it. A transaction that cannot commit is rolled back. What the
 * storage refuses leaves as a {@link StorageError}, which Prisma passes on as it is.
 */
function gateAdapter(
  { adapter, raw }: OpenedAdapter,
  { gate, watch, patienceMs, translate }: Guards,
): SqlDriverAdapter {
  const begin = raw.prepare('BEGIN IMMEDIATE');

  async function translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translate(error);
    }
  }

  const alone = async <T>(query: SqlQuery, send: () => Promise<T>): Promise<T> =>
    await translated(async () => {
      const kind = kindOf(query);
      const result: T = await gate.run(kind, send);
      if (kind === 'write') watch.lookAfterWrite();
      return result;
    });

  async function startTransaction(): Promise<Transaction> {
    const release = await translated(
      async () =>
        await gate.acquire(() => {
          // Only if an earlier ROLLBACK failed.
          if (raw.inTransaction) raw.exec('ROLLBACK');
          // Not the adapter's own deferred BEGIN: with that, the first write after a read fails when another process
          // has written meanwhile.
          begin.run();
        }),
    );

    /** Prisma calls this after its COMMIT or ROLLBACK, also when that failed and left the transaction open. */
    async function end(): Promise<void> {
      try {
        if (raw.inTransaction) raw.exec('ROLLBACK');
      } finally {
        release();
      }
    }

    /** A COMMIT that meets a lock leaves the transaction as it is, and may be tried again. */
    const commit = async (query: SqlQuery): Promise<number> => {
      const changes = await whenUnlocked(() => adapter.executeRaw(query), patienceMs);
      watch.lookAfterWrite();
      return changes;
    };
    const savepoint = (words: string) => async (name: string) => {
      await translated(() => adapter.executeRaw(statement(`${words} ${name}`)));
    };
    return {
      provider: adapter.provider,
      adapterName: adapter.adapterName,
      options: { usePhantomQuery: false },
      queryRaw: async (query) => await translated(() => adapter.queryRaw(query)),
      executeRaw: async (query) =>
        await translated(() => (query.sql === 'COMMIT' ? commit(query) : adapter.executeRaw(query))),
      createSavepoint: savepoint('SAVEPOINT'),
      rollbackToSavepoint: savepoint('ROLLBACK TO'),
      releaseSavepoint: savepoint('RELEASE SAVEPOINT'),
      commit: end,
      rollback: end,
    };
  }

  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    queryRaw: async (query) => await alone(query, () => adapter.queryRaw(query)),
    executeRaw: async (query) => await alone(query, () => adapter.executeRaw(query)),
    executeScript: async (script) =>
      await translated(() => gate.run('write', () => adapter.executeScript(script))),
    startTransaction,
    dispose: async () => await adapter.dispose(),
  };
}

/** What a Prisma client is made with: it always gets the one gated connection, until that is closed. */
export function gatedFactory(opened: OpenedAdapter, guards: Guards): SqlDriverAdapterFactory {
  const gated = gateAdapter(opened, guards);
  return {
    provider: gated.provider,
    adapterName: gated.adapterName,
    async connect() {
      if (!opened.raw.open) throw new StorageError('closed', 'The database is closed.');
      return gated;
    },
  };
}
