import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Database, OpenOptions, Queries } from './database.ts';
import { applyMigrations } from './migrations/apply.ts';
import { migrationsFolder, readMigrations } from './migrations/files.ts';
import { openSqlite } from './sqlite/open.ts';

/** A fresh migrated file, made once per process: the only state at module level, and it never changes. */
let template: Buffer | undefined;

function makeTemplate(folder: string): Buffer {
  const file = path.join(folder, 'template.db');
  const raw = new BetterSqlite3(file);
  raw.pragma('journal_mode = WAL');
  applyMigrations(raw, readMigrations(migrationsFolder));
  raw.close();
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

/** What SQLite's driver throws, for `onStatement`. @param code such as `SQLITE_FULL` */
export function driverError(code: string): Error {
  return new BetterSqlite3.SqliteError('injected', code);
}

/** A database for a test, in a folder of its own that goes away with it. */
export interface TemporaryDatabase extends Database {
  /** For looks at the rows and for rows that the domain would not make. */
  readonly prisma: Queries;
  /** The absolute path of the file. */
  readonly file: string;
}

/** Opens a database as the server does, with its rows to look at. The caller closes it. */
export async function openForTest(options: OpenOptions): Promise<Database & { readonly prisma: Queries }> {
  return await openSqlite(options);
}

/** Makes an empty, migrated database in the system's folder for temporary files. Closing it removes it. */
export async function temporaryDatabase(
  options: Pick<OpenOptions, 'log' | 'onStatement' | 'patienceMs'> = {},
): Promise<TemporaryDatabase> {
  const folder = mkdtempSync(path.join(tmpdir(), 'amanda-db-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    template ??= makeTemplate(folder);
    const file = path.join(folder, 'amanda.db');
    writeFileSync(file, template);
    const database = await openSqlite({ ...options, url: `sqlite:///${file}` });
    const close = async (): Promise<void> => {
      try {
        await database.close();
      } finally {
        remove();
      }
    };
    return { ...database, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    remove();
    throw error;
  }
}
