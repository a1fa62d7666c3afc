import { existsSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { pendingOf } from '../migrations/apply.ts';
import { migrationsFolder, readMigrations } from '../migrations/files.ts';
import { lookAtFile } from './look.ts';
import { fileOfUrl } from './url.ts';

/** How a database stands. */
export interface DatabaseState {
  /** The absolute path. */
  readonly file: string;
  readonly exists: boolean;
  /** Names of the migrations that the next start applies. */
  readonly pending: readonly string[];
  /** What SQLite's `quick_check` found, null when nothing. */
  readonly damage: string | null;
}

/**
 * Looks at a database without changing it; a server may use it meanwhile. Reads all of it, which takes a while for
 * gigabytes.
 * @throws {OpenError} when it is not one of this version's
 */
export function examineDatabase(url: string): DatabaseState {
  const file = fileOfUrl(url);
  const migrations = readMigrations(migrationsFolder);
  if (!existsSync(file))
    return { file, exists: false, pending: migrations.map(({ name }) => name), damage: null };
  lookAtFile(file)[Symbol.dispose]();
  const raw = new BetterSqlite3(file, { readonly: true, fileMustExist: true });
  try {
    const found = String(raw.pragma('quick_check(1)', { simple: true }));
    const pending = pendingOf(raw, migrations).map(({ name }) => name);
    return { file, exists: true, pending, damage: found === 'ok' ? null : found };
  } finally {
    raw.close();
  }
}
