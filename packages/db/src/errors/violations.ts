import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import BetterSqlite3 from 'better-sqlite3';
import { Prisma } from '../../generated/sqlite/client.ts';

/** Whether Prisma's error is about this column: SQLite names the columns, PostgreSQL the index. */
function isAbout(error: Prisma.PrismaClientKnownRequestError, column: string): boolean {
  const driverError = error.meta?.['driverAdapterError'];
  if (!isDriverAdapterError(driverError) || driverError.cause.kind !== 'UniqueConstraintViolation')
    return false;
  const { constraint } = driverError.cause;
  if (constraint === undefined) return false;
  if ('fields' in constraint) return constraint.fields.includes(column);
  return 'index' in constraint && constraint.index.endsWith(`_${column}_key`);
}

/**
 * Whether the error says that a value which must be unique is taken. Understands Prisma's errors on SQLite and
 * PostgreSQL, and SQLite's own from `transactions`.
 *
 * @param column only if it is this column, by its name in the database, such as `token_hash`.
 */
export function isUniqueViolation(error: unknown, column?: string): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
    return column === undefined || isAbout(error, column);
  if (!(error instanceof BetterSqlite3.SqliteError)) return false;
  if (error.code !== 'SQLITE_CONSTRAINT_UNIQUE' && error.code !== 'SQLITE_CONSTRAINT_PRIMARYKEY')
    return false;
  // "UNIQUE constraint failed: users.email, users.name"
  const columns = error.message.replace(/^.*: /, '').split(', ');
  return column === undefined || columns.some((name) => name.endsWith(`.${column}`));
}
