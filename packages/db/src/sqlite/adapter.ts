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
  async function begin(): Promise<Transaction> {
    const release = await gate.acquire();
    let transaction: Transaction | undefined;
    try {
      transaction = await adapter.startTransaction();
      // The adapter begins a deferred transaction, whose first write after a read fails at once when another
      // process has written meanwhile. Take the lock now instead, within the busy timeout.
      await transaction.executeRaw(statement('COMMIT'));
      await transaction.executeRaw(statement('BEGIN IMMEDIATE'));
      return gateTransaction(transaction, release);
    } catch (error) {
      await transaction?.rollback();
      release();
      throw error;
    }
  }

  function gateTransaction(transaction: Transaction, release: () => void): Transaction {
    /** Prisma calls this after its COMMIT or ROLLBACK, also when that failed and left the transaction open. */
    async function end(how: 'commit' | 'rollback'): Promise<void> {
      try {
        if (raw.inTransaction) raw.exec('ROLLBACK');
      } finally {
        await transaction[how]();
        release();
      }
    }
    return {
      provider: transaction.provider,
      adapterName: transaction.adapterName,
      options: transaction.options,
      queryRaw: async (query) => await transaction.queryRaw(query),
      executeRaw: async (query) => await transaction.executeRaw(query),
      createSavepoint: async (name) => await transaction.createSavepoint?.(name),
      rollbackToSavepoint: async (name) => await transaction.rollbackToSavepoint?.(name),
      releaseSavepoint: async (name) => await transaction.releaseSavepoint?.(name),
      commit: async () => await end('commit'),
      rollback: async () => await end('rollback'),
    };
  }

  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    queryRaw: async (query) => await gate.run(() => adapter.queryRaw(query)),
    executeRaw: async (query) => await gate.run(() => adapter.executeRaw(query)),
    executeScript: async (script) => await gate.run(() => adapter.executeScript(script)),
    startTransaction: begin,
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
