import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { ForeignFileError, OpenError, PythonDatabaseError } from '../errors/open-error.ts';
import { isLocked } from './lock-wait.ts';

/** The first bytes of every SQLite database. https://sqlite.org/fileformat.html#magic_header_string */
const magic = Buffer.from('SQLite format 3\0', 'latin1');

/** The first bytes of the file, fewer if it is shorter, or undefined if there is no such file. */
function firstBytes(file: string): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ForeignFileError(`${file} cannot be read: ${String(error)}`, { cause: error });
  }
  try {
    const bytes = Buffer.alloc(magic.length);
    return bytes.subarray(0, readSync(descriptor, bytes));
  } catch (error) {
    throw new ForeignFileError(`${file} cannot be read: ${String(error)}`, { cause: error });
  } finally {
    closeSync(descriptor);
  }
}

/** The tables that the file has. The first read through a connection reads all of a WAL. */
function tablesOf(raw: BetterSqlite3.Database): ReadonlySet<string> {
  const names = raw
    .prepare<[], string>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'`,
    )
    .pluck()
    .all();
  return new Set(names);
}

/**
 * Looks at the file without writing to it. Passes if it does not exist, is empty, or is one of ours.
 *
 * @returns what keeps the file open. While it does, SQLite keeps what it found in the WAL: whoever opens the database
 *   before disposing of it does not read all of the WAL a second time.
 * @throws {PythonDatabaseError} for a database of the Python service.
 * @throws {ForeignFileError} for anything else.
 * @throws {OpenError} if there is no folder for the file; the driver's error when another process has locked it.
 */
export function lookAtFile(file: string): Disposable {
  using parts = new DisposableStack();
  const start = firstBytes(file);
  if (start === undefined && !existsSync(path.dirname(file))) {
    throw new OpenError(`There is no folder ${path.dirname(file)} for the database.`);
  }
  if (start === undefined || start.length === 0) return parts.move();
  if (!start.equals(magic)) throw new ForeignFileError(`${file} is not a SQLite database.`);

  let tables: ReadonlySet<string>;
  try {
    const raw = new BetterSqlite3(file, { readonly: true, fileMustExist: true, timeout: 0 });
    parts.defer(() => void raw.close());
    tables = tablesOf(raw);
  } catch (error) {
    if (isLocked(error)) throw error;
    throw new ForeignFileError(`${file} cannot be read as a SQLite database: ${String(error)}`, {
      cause: error,
    });
  }
  if (tables.size === 0 || tables.has('_prisma_migrations')) return parts.move();
  if (['users', 'chats', 'messages'].every((name) => tables.has(name))) throw new PythonDatabaseError(file);
  throw new ForeignFileError(`${file} is a SQLite database of another program.`);
}
