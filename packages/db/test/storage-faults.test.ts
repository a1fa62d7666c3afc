import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { StorageError } from '../src/errors/storage-error.ts';
import { openSqlite, type SqliteDatabase } from '../src/sqlite/open.ts';
import { temporaryDatabase } from '../src/temporary.ts';
import { errorOf, someone } from './fixtures.ts';

const faults = [
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'readonly'],
  ['SQLITE_IOERR_WRITE', 'io'],
  ['SQLITE_CORRUPT_VTAB', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['SQLITE_CANTOPEN', 'other'],
] as const;

/** Roads to the database; each leaves one user and one setting more, or nothing. */
const roads: Record<string, (db: SqliteDatabase) => Promise<unknown>> = {
  'a script': (db) =>
    db.connection.exclusive(() => {
      db.connection.raw.exec(`INSERT INTO settings VALUES ('a', '1')`);
      db.connection.raw.exec(`INSERT INTO users (email, password_hash, created_at) VALUES ('a', '', '')`);
    }),
  'a transaction of Prisma': (db) =>
    db.prisma.$transaction(async (tx) => {
      await tx.setting.create({ data: { key: 'a', value: '1' } });
      await tx.user.create({ data: someone('a@example.org') });
    }),
  'a statement of Prisma': (db) => db.prisma.setting.create({ data: { key: 'a', value: '1' } }),
  'a read of Prisma': (db) => db.prisma.user.findMany(),
  'a read of a script': (db) => db.transactions.readFeed(1, 0, 1),
};

describe.each(Object.entries(roads))('%s', (_name, road) => {
  it.each(faults)('turns %s at each of its statements into the storage error %s', async (code, kind) => {
    let left = Number.POSITIVE_INFINITY;
    await using file = await temporaryDatabase();
    await using db = await openSqlite({
      url: `file:${file.file}`,
      patienceMs: 0,
      onStatement(sql) {
        if (sql.startsWith('ROLLBACK')) return;
        left -= 1;
        if (left === 0) throw new BetterSqlite3.SqliteError('injected', code);
      },
    });
    let struck = 0;
    for (;;) {
      left = struck + 1;
      const failed = await errorOf(road(db));
      const isOver = left > 0;
      left = Number.POSITIVE_INFINITY;
      if (isOver) break;
      struck += 1;
      expect(failed).toBeInstanceOf(StorageError);
      expect(failed).toMatchObject({ kind });
      expect(await db.prisma.setting.count({ where: { key: 'a' } })).toBe(0);
      expect(await db.prisma.user.count()).toBe(0);
    }
    expect(struck).toBeGreaterThan(0);
  });
});
