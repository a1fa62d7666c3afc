import BetterSqlite3 from 'better-sqlite3';
import { Prisma } from '../../generated/sqlite/client.ts';

/** What a violated constraint was about: the columns on SQLite, the name of an index or constraint on PostgreSQL. */
function namesOf(error: Prisma.PrismaClientKnownRequestError): readonly string[] {
  const text = JSON.stringify(error.meta?.['driverAdapterError'] ?? {}, (_key, value: unknown) =>
    value instanceof Error ? { cause: value.cause } : value,
  );
  const parsed: { cause?: { constraint?: { fields?: string[]; index?: string } } } = JSON.parse(text);
  const constraint = parsed.cause?.constraint;
  return constraint?.fields ?? (constraint?.index === undefined ? [] : [constraint.index]);
}

const known = (error: unknown, code: string): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === code;

/**
 * Whether the error says that a value which must be unique is taken. Understands Prisma's errors, those of
 * SQLite from `hot`, and those of PostgreSQL.
 *
 * @param column only if it is this column (by its name in the database, such as `token_hash`).
 */
export function isUniqueViolation(error: unknown, column?: string): boolean {
  if (known(error, 'P2002')) {
    return (
      column === undefined ||
      namesOf(error).some((name) => name === column || name.endsWith(`_${column}_key`))
    );
  }
  if (error instanceof BetterSqlite3.SqliteError) {
    if (error.code !== 'SQLITE_CONSTRAINT_UNIQUE' && error.code !== 'SQLITE_CONSTRAINT_PRIMARYKEY')
      return false;
    // "UNIQUE constraint failed: users.email, users.name"
    const columns = error.message.replace(/^.*: /, '').split(', ');
    return column === undefined || columns.some((name) => name.endsWith(`.${column}`));
  }
  return false;
}

/** Whether the error says that a row which another one refers to does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return (
    known(error, 'P2003') ||
    (error instanceof BetterSqlite3.SqliteError && error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY')
  );
}

/** Whether an update or delete found no row to work on. */
export function isMissingRow(error: unknown): boolean {
  return known(error, 'P2025');
}
