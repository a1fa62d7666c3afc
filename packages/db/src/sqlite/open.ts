import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import { PrismaClient } from '../../generated/sqlite/client.ts';
import type { Database, OpenOptions } from '../database.ts';
import { asStorageError, StorageError } from '../errors/storage-error.ts';
import { createHotQueries } from '../hot/index.ts';
import { createSqliteRunner } from '../hot/sqlite-runner.ts';
import { applyMigrations } from '../migrations/apply.ts';
import { migrationsFolder, readMigrations } from '../migrations/files.ts';
import { gatedFactory, openAdapter } from './adapter.ts';
import { createConnection, type SqliteConnection } from './connection.ts';
import { createGate } from './gate.ts';
import { lookAtFile } from './look.ts';
import { applySettings, busyTimeoutMs } from './pragmas.ts';
import { fileOfUrl } from './url.ts';

/** A SQLite database with its inner parts, which stay inside this package. */
export interface SqliteDatabase extends Database {
  /** The absolute path. */
  readonly file: string;
  readonly prisma: PrismaClient;
  readonly connection: SqliteConnection;
}

/** Settles the connection. Turning the WAL on can meet another process at the same work, for whom SQLite does not wait. */
async function settle(raw: BetterSqlite3.Database): Promise<void> {
  const patience = Date.now() + busyTimeoutMs;
  for (;;) {
    try {
      applySettings(raw);
      return;
    } catch (error) {
      const storage = asStorageError(error);
      if (!(storage instanceof StorageError && storage.kind === 'busy') || Date.now() > patience)
        throw storage;
      await sleep(20);
    }
  }
}

/** The epoch of the change feeds, drawn when the database is opened for the first time. */
function feedEpochOf(raw: BetterSqlite3.Database): string {
  raw
    .prepare(`INSERT INTO settings (key, value) VALUES ('feed_epoch', ?) ON CONFLICT (key) DO NOTHING`)
    .run(randomBytes(9).toString('base64url'));
  const epoch = raw.prepare<[], string>(`SELECT value FROM settings WHERE key = 'feed_epoch'`).pluck().get();
  if (epoch === undefined) throw new StorageError('other', 'The epoch of the change feeds is missing.');
  return epoch;
}

/** `openDatabase` for SQLite. */
export async function openSqlite(options: OpenOptions): Promise<SqliteDatabase> {
  const file = fileOfUrl(options.url);
  const migrations = readMigrations(options.migrationsFolder ?? migrationsFolder);
  lookAtFile(file);

  const opened = await openAdapter(file, busyTimeoutMs, options.onStatement);
  const { raw } = opened;
  try {
    await settle(raw);
    const applied = applyMigrations(raw, migrations);
    if (applied.length > 0) options.log?.('info', { file, applied }, 'database migrated');
    const feedEpoch = feedEpochOf(raw);

    const gate = createGate();
    const prisma = new PrismaClient({ adapter: gatedFactory(opened, gate), errorFormat: 'minimal' });
    const connection = createConnection(raw, gate);
    let closing: Promise<void> | undefined;

    async function shut(): Promise<void> {
      await gate.close();
      try {
        raw.pragma('wal_checkpoint(TRUNCATE)');
      } catch (error) {
        options.log?.(
          'warn',
          { file, error },
          'the WAL stays beside the database: checkpoint failed at close',
        );
      }
      await prisma.$disconnect();
      raw.close();
    }

    const close = async (): Promise<void> => await (closing ??= shut());
    return {
      dialect: 'sqlite',
      file,
      feedEpoch,
      prisma,
      connection,
      hot: createHotQueries(createSqliteRunner(connection)),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    raw.close();
    throw asStorageError(error);
  }
}
