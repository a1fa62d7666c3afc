import type BetterSqlite3 from 'better-sqlite3';
import type { SqliteConnection } from '../sqlite/connection.ts';
import { toDbTime } from '../time.ts';
import type { Row, Statement, Transaction, TransactionRunner } from './transaction.ts';

/** Runs transactions synchronously on the adapter's own connection, so that nothing can come in between. */
export function createSqliteRunner(connection: SqliteConnection): TransactionRunner {
  const prepared = new Map<string, BetterSqlite3.Statement<unknown[], Row>>();

  const run = ({ text, values }: Statement): readonly Row[] => {
    let statement = prepared.get(text);
    if (statement === undefined) {
      statement = connection.raw.prepare<unknown[], Row>(text).safeIntegers(false);
      prepared.set(text, statement);
    }
    const bound = values.map((value) => (value instanceof Date ? toDbTime(value) : value));
    if (statement.reader) return statement.all(...bound);
    statement.run(...bound);
    return [];
  };

  const toEnd = <T>(transaction: () => Transaction<T>): T => {
    const statements = transaction();
    let step = statements.next([]);
    while (step.done !== true) {
      const rows = run(step.value);
      step = statements.next(rows);
    }
    return step.value;
  };

  return {
    write: (transaction) => connection.exclusive(() => toEnd(transaction)),
    snapshot: (transaction) => connection.snapshot(() => toEnd(transaction)),
    read: (transaction) => connection.read(() => toEnd(transaction)),
  };
}
