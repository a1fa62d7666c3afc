import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  Transaction,
} from '@prisma/driver-adapter-utils';
import BetterSqlite3 from 'better-sqlite3';
import { StorageError } from '../errors/storage-error.ts';
import type { Gate } from './gate.ts';

const statement = (sql: string): SqlQuery => ({ sql, args: [], argTypes: [] });

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
export async function openAdapter(
  file: string,
  busyTimeoutMs: number,
  onStatement?: (sql: string) => void,
): Promise<OpenedAdapter> {
  const adapter = await new PrismaBetterSqlite3({
    url: file,
    timeout: busyTimeoutMs,
    ...(onStatement && { verbose: (sql) => onStatement(String(sql)) }),
  }).connect();
  const raw: unknown = Reflect.get(adapter, 'client');
  if (!(raw instanceof BetterSqlite3)) {
    throw new TypeError('The Prisma adapter does not show its better-sqlite3 connection as `client`.');
  }
  return { adapter, raw };
}

/**
 * The adapter behind the gate: a statement outside the open transaction waits until it is over, for on the one
 * connection it would run inside it and be undone with it. A transaction that cannot commit is rolled back.
 */
function gateAdapter({ adapter, raw }: OpenedAdapter, gate: Gate): SqlDriverAdapter {
  async function startTransaction(): Promise<Transaction> {
    const release = await gate.acquire();

    /** Prisma calls this after its COMMIT or ROLLBACK, also when that failed and left the transaction open. */
    async function end(): Promise<void> {
      try {
        if (raw.inTransaction) raw.exec('ROLLBACK');
      } finally {
        release();
      }
    }

    try {
      // Only if an earlier ROLLBACK failed.
      if (raw.inTransaction) raw.exec('ROLLBACK');
      // Not the adapter's own deferred BEGIN: with that, the first write after a read fails at once, without the
      // busy timeout, when another process has written meanwhile.
      await adapter.executeRaw(statement('BEGIN IMMEDIATE'));
    } catch (error) {
      await end();
      throw error;
    }
    const savepoint = (words: string) => async (name: string) => {
      await adapter.executeRaw(statement(`${words} ${name}`));
    };
    return {
      provider: adapter.provider,
      adapterName: adapter.adapterName,
      options: { usePhantomQuery: false },
      queryRaw: async (query) => await adapter.queryRaw(query),
      executeRaw: async (query) => await adapter.executeRaw(query),
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
    queryRaw: async (query) => await gate.run(() => adapter.queryRaw(query)),
    executeRaw: async (query) => await gate.run(() => adapter.executeRaw(query)),
    executeScript: async (script) => await gate.run(() => adapter.executeScript(script)),
    startTransaction,
    dispose: async () => await adapter.dispose(),
  };
}

/** What a Prisma client is made with: it always gets the one gated connection, until that is closed. */
export function gatedFactory(opened: OpenedAdapter, gate: Gate): SqlDriverAdapterFactory {
  const gated = gateAdapter(opened, gate);
  return {
    provider: gated.provider,
    adapterName: gated.adapterName,
    async connect() {
      if (!opened.raw.open) throw new StorageError('closed', 'The database is closed.');
      return gated;
    },
  };
}
