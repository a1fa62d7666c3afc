import { constants, copyFileSync, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { ForeignFileError, OpenError, PythonDatabaseError } from '../errors/open-error.ts';
import { lookAtFile } from '../sqlite/look.ts';
import type { AdoptedTable } from './adoption.ts';

/** A row as the old database has it: SQLite promises nothing about what a column holds. */
export type OldRow = Readonly<Record<string, unknown>> & { readonly id: number };

/** A database of the Python service, open for reading. Disposing it closes it. */
export interface OldDatabase extends Disposable {
  count(table: AdoptedTable): number;
  /** The smallest and the largest id of all tables, 1 and 0 if they are empty. */
  idRange(): { smallest: number; largest: number };
  /** The rows in the order of their ids, one at a time: a table may be larger than the memory. */
  rows(table: AdoptedTable): IterableIterator<OldRow>;
}

/** The columns that are ours; later versions of the Python service added others, which are left alone. */
const columns: Record<AdoptedTable, readonly string[]> = {
  users: ['id', 'email', 'password_hash', 'created_at'],
  chats: ['id', 'user_id', 'title', 'created_at'],
  messages: ['id', 'chat_id', 'role', 'content', 'timestamp'],
};
const tables: readonly AdoptedTable[] = ['users', 'chats', 'messages'];

/** What SQLite keeps beside a database that was not closed in order. https://sqlite.org/tempfiles.html */
const companions = ['-wal', '-journal'];

const stamp = (file: string): string => {
  const { size, mtimeMs, ino } = statSync(file);
  return `${size} ${mtimeMs} ${ino}`;
};

/**
 * Copies a database with what lies beside it, without opening it: even a reader writes beside a database that has a
 * WAL, and a journal that a crash left would have to be rolled back.
 * @throws {OpenError} when something writes to it meanwhile
 */
export function copyDatabase(file: string, to: string): void {
  const files = [file, ...companions.map((suffix) => file + suffix)];
  const stamps = () => files.map((one) => (existsSync(one) ? stamp(one) : '')).join('\n');
  const before = stamps();
  for (const one of files) {
    if (existsSync(one)) copyFileSync(one, to + one.slice(file.length), constants.COPYFILE_FICLONE);
  }
  if (stamps() !== before) {
    throw new OpenError(`${file} is being written to; stop the program that uses it, then try again.`);
  }
}

/**
 * Opens a copy of a database of the Python service. The file itself is only read.
 * @param folder where the copy goes; the caller removes it
 * @throws {OpenError} when it is no such database, is damaged, or is in use
 */
export function openOldDatabase(file: string, folder: string): OldDatabase {
  if (!existsSync(file)) throw new OpenError(`There is no file ${file}.`);
  for (const one of [file, ...companions.map((suffix) => file + suffix)]) {
    // Of a pipe nobody knows when it ends, and a folder cannot be copied.
    if (existsSync(one) && !statSync(one).isFile()) throw new OpenError(`${one} is not a file.`);
  }
  const copy = path.join(folder, 'old.db');
  copyDatabase(file, copy);
  assertPython(file, copy);
  const raw = new BetterSqlite3(copy, { fileMustExist: true });
  try {
    const damage = raw.pragma('quick_check(1)', { simple: true });
    if (damage !== 'ok') throw new ForeignFileError(`${file} is damaged: ${String(damage)}`);
    for (const table of tables) {
      const present = new Set(
        raw.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table),
      );
      const missing = columns[table].find((column) => !present.has(column));
      if (missing !== undefined) throw new ForeignFileError(`${file} has no column ${table}.${missing}.`);
      const doubled = raw
        .prepare<[], number>(`SELECT id FROM ${table} GROUP BY id HAVING count(*) > 1 LIMIT 1`)
        .pluck()
        .get();
      if (doubled !== undefined) {
        throw new ForeignFileError(`${file} has the id ${doubled} in ${table} more than once.`);
      }
    }
  } catch (error) {
    raw.close();
    throw error instanceof OpenError
      ? error
      : new ForeignFileError(`${file} cannot be read: ${String(error)}`);
  }
  return {
    count: (table) => raw.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0,
    idRange() {
      const all = tables.map((table) => `SELECT id FROM ${table}`).join(' UNION ALL ');
      const range = raw
        .prepare<[], { smallest: number | null; largest: number | null }>(
          `SELECT min(id) AS smallest, max(id) AS largest FROM (${all})`,
        )
        .get();
      return { smallest: range?.smallest ?? 1, largest: range?.largest ?? 0 };
    },
    rows: (table) =>
      raw.prepare<[], OldRow>(`SELECT ${columns[table].join(', ')} FROM ${table} ORDER BY id`).iterate(),
    [Symbol.dispose]: () => raw.close(),
  };
}

/** The check that keeps the server away from such a file says here that it is the right one. */
function assertPython(file: string, copy: string): void {
  try {
    lookAtFile(copy)[Symbol.dispose]();
  } catch (error) {
    if (error instanceof PythonDatabaseError) return;
    if (!(error instanceof OpenError)) throw error;
    throw new OpenError(
      `${file} is not a database of the Python service: ${error.message.replaceAll(copy, 'it')}`,
    );
  }
  throw new OpenError(`${file} is not a database of the Python service; it is empty or one of Amanda's own.`);
}
