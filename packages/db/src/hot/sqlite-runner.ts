import type BetterSqlite3 from 'better-sqlite3';
import type { SqliteConnection } from '../sqlite/connection.ts';
import { toDbTime } from '../time.ts';
import type { Row, Script, ScriptRunner, Statement } from './script.ts';

/** Runs scripts synchronously on the adapter's own connection, so that nothing can come in between. */
export function createSqliteRunner(connection: SqliteConnection): ScriptRunner {
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

  const toEnd = <T>(script: () => Script<T>): T => {
    const statements = script();
    let step = statements.next([]);
    while (step.done !== true) {
      const rows = run(step.value);
      step = statements.next(rows);
    }
    return step.value;
  };

  return {
    transaction: (script) => connection.exclusive(() => toEnd(script)),
    snapshot: (script) => connection.snapshot(() => toEnd(script)),
    read: (script) => connection.read(() => toEnd(script)),
  };
}
