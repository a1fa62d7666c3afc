import { randomBytes } from 'node:crypto';
import BetterSqlite3 from 'better-sqlite3';
import { PrismaClient } from '../../generated/sqlite/client.ts';
import type { Database, OpenOptions } from '../database.ts';
import { asStorageError, StorageError } from '../errors/storage-error.ts';
import { applyMigrations } from '../migrations/apply.ts';
import { migrationsFolder, readMigrations } from '../migrations/files.ts';
import { createTables } from '../tables/index.ts';
import { createTransactions } from '../transactions/index.ts';
import { createSqliteRunner } from '../transactions/sqlite-runner.ts';
import { gatedFactory, openAdapter } from './adapter.ts';
import { createConnection, type SqliteConnection } from './connection.ts';
import { watchFiles } from './file-watch.ts';
import { holdLargeLog } from './fold-log.ts';
import { createGate } from './gate.ts';
import { createHealth } from './health.ts';
import { defaultPatienceMs, whenUnlocked } from './lock-wait.ts';
import { lookAtFile } from './look.ts';
import { applySettings } from './pragmas.ts';
import { rescue } from './rescue.ts';
import { fileOfUrl } from './url.ts';

/** A SQLite database with its inner parts, which stay inside this package. */
export interface SqliteDatabase extends Database {
  /** The absolute path. */
  readonly file: string;
  readonly prisma: PrismaClient;
  readonly connection: SqliteConnection;
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
  const log = options.log ?? (() => {});
  const patienceMs = options.patienceMs ?? defaultPatienceMs;
  let damage: StorageError | undefined;
  const translate = (error: unknown): unknown => {
    const translated = asStorageError(error);
    if (translated instanceof StorageError && translated.kind === 'damaged') damage ??= translated;
    return translated;
  };

  await using parts = new AsyncDisposableStack();
  try {
    const look = parts.use(await whenUnlocked(() => lookAtFile(file), patienceMs));
    const opened = await openAdapter(file, options.onStatement);
    const { raw } = opened;
    parts.defer(() => void raw.close());
    await whenUnlocked(() => applySettings(raw), patienceMs);
    look[Symbol.dispose]();
    const largeLog = holdLargeLog({ file, raw, log });
    const applied: string[] = [];
    await whenUnlocked(() => applyMigrations(raw, migrations, applied), patienceMs);
    if (applied.length > 0) log('info', { file, applied }, 'database migrated');
    const feedEpoch = await whenUnlocked(() => feedEpochOf(raw), patienceMs);

    const gate = createGate({ patienceMs });
    const watch = watchFiles({ file, raw, log });
    const connection = createConnection(raw, gate, watch, translate);
    const health = createHealth({
      file,
      connection,
      gate,
      watch,
      patienceMs,
      translate,
      damage: () => damage,
    });
    const prisma = new PrismaClient({
      adapter: gatedFactory(opened, { gate, watch, patienceMs, translate }),
      errorFormat: 'minimal',
      // A turn may be late by the patience of those before, and the end of a transaction waits once more.
      transactionOptions: { maxWait: patienceMs + 1_000, timeout: patienceMs + 5_000 },
    });
    const gone = Promise.withResolvers<StorageError>();
    let rescuing: Promise<string | null> = Promise.resolve(null);
    let isGone = false;
    watch.start((error) => {
      isGone = true;
      gate.fail(error);
      rescuing = rescue({ file, raw, log });
      gone.resolve(error);
    });

    const running = parts.move();
    async function shut(): Promise<void> {
      await gate.close();
      await rescuing;
      watch[Symbol.dispose]();
      await largeLog.idle();
      try {
        // Into a file that is gone there is nothing to fold.
        if (!isGone) await whenUnlocked(() => foldWal(raw), patienceMs);
      } catch (error) {
        log('warn', { file, error }, 'the WAL stays beside the database: checkpoint failed at close');
      }
      await prisma.$disconnect();
      await running.disposeAsync();
      health[Symbol.dispose]();
    }

    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => await (closing ??= shut());
    return {
      file,
      feedEpoch,
      prisma,
      connection,
      ...createTables(prisma),
      transactions: createTransactions(createSqliteRunner(connection)),
      foldLog: () => largeLog.fold(),
      health: () => health.check(),
      gone: gone.promise,
      rescued: async () => await rescuing,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    throw asStorageError(error);
  }
}

/** Folds the WAL into the file. @throws the driver's error when another process keeps it from that */
function foldWal(raw: BetterSqlite3.Database): void {
  const [result] = raw.prepare<[], { busy: bigint }>('PRAGMA wal_checkpoint(TRUNCATE)').all();
  if (Number(result?.busy) !== 0) throw new BetterSqlite3.SqliteError('the WAL is in use', 'SQLITE_BUSY');
}
