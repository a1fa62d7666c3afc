import { randomUUID } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import { MigrationError } from '../errors/open-error.ts';
import { toDbTime } from '../time.ts';
import { completions } from './completions.ts';
import type { Migration } from './files.ts';

/** Prisma's own table, to the letter: `prisma migrate` reads and writes it too. */
const historyTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

interface Recorded {
  migration_name: string;
  checksum: string;
  finished: 0 | 1;
}

/** The migrations that the database has, without those that were rolled back. */
function readHistory(raw: BetterSqlite3.Database): readonly Recorded[] {
  const exists = raw
    .prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`)
    .get();
  if (exists === undefined) return [];
  return raw
    .prepare<[], Recorded>(
      `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name`,
    )
    .safeIntegers(false)
    .all();
}

/**
 * The migrations that are still to be applied, once the ones that were are found to be as they should.
 * @throws {MigrationError} when they are not
 */
export function pendingOf(
  raw: BetterSqlite3.Database,
  migrations: readonly Migration[],
): readonly Migration[] {
  const history = readHistory(raw);
  for (const { migration_name: name, checksum, finished } of history) {
    if (!finished) {
      throw new MigrationError(
        'failed',
        `The migration ${name} was begun on this database and never finished.`,
      );
    }
    const known = migrations.find((migration) => migration.name === name);
    if (known === undefined) {
      throw new MigrationError(
        'newer',
        `The database has the migration ${name}, which this version does not know: use a newer version of Amanda.`,
      );
    }
    if (known.checksum !== checksum) {
      throw new MigrationError(
        'changed',
        `The migration ${name} was changed after this database had applied it.`,
      );
    }
  }
  const applied = new Set(history.map((row) => row.migration_name));
  return migrations.filter((migration) => !applied.has(migration.name));
}

function applyOne(raw: BetterSqlite3.Database, { name, sql, checksum }: Migration): void {
  const startedAt = toDbTime(new Date());
  raw.exec(historyTable);
  raw.exec(sql);
  completions.get(name)?.(raw);
  const orphan = raw.prepare<[], { table: string }>('PRAGMA foreign_key_check').get();
  if (orphan !== undefined) throw new Error(`It leaves rows in ${orphan.table} whose parent is missing.`);
  raw
    .prepare(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES (?, ?, ?, ?, ?, 1)`,
    )
    .run(randomUUID(), checksum, toDbTime(new Date()), name, startedAt);
}

/**
 * Brings the database up to the newest migration: each in a transaction of its own, recorded as
 * `prisma migrate deploy` records it. Processes that do this at the same time take turns.
 *
 * @param raw a connection outside any transaction. When it meets a lock, this may be called again.
 * @param applied what an earlier call applied before it met a lock
 * @returns the names of the migrations that were applied now.
 * @throws {MigrationError} when database and migrations do not fit, or one fails; it has then left no trace.
 */
export function applyMigrations(
  raw: BetterSqlite3.Database,
  migrations: readonly Migration[],
  applied: string[] = [],
): readonly string[] {
  if (pendingOf(raw, migrations).length === 0) return applied;

  // SQLite ignores this inside a transaction, and rebuilding a table would otherwise delete what refers to it.
  raw.pragma('foreign_keys = OFF');
  try {
    for (;;) {
      raw.exec('BEGIN IMMEDIATE');
      try {
        // Read again under the lock: another process may have been faster.
        const next = pendingOf(raw, migrations)[0];
        if (next !== undefined) {
          try {
            applyOne(raw, next);
          } catch (cause) {
            throw new MigrationError(
              'apply',
              `The migration ${next.name} failed and was undone: ${String(cause)}`,
              {
                cause,
              },
            );
          }
        }
        raw.exec('COMMIT');
        if (next === undefined) return applied;
        applied.push(next.name);
      } finally {
        if (raw.inTransaction) raw.exec('ROLLBACK');
      }
    }
  } finally {
    raw.pragma('foreign_keys = ON');
  }
}
