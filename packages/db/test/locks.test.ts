import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { applyMigrations } from '../src/migrations/apply.ts';
import { migrationsFolder, readMigrations } from '../src/migrations/files.ts';
import { openSqlite, type SqliteDatabase } from '../src/sqlite/open.ts';
import { errorOf, otherProcess, someone, temporaryFolder } from './fixtures.ts';

/** A database, and another process that may hold its write lock. */
async function shared(options: { patienceMs?: number; onStatement?: (sql: string) => void } = {}) {
  const folder = temporaryFolder();
  const file = folder.file('a.db');
  const db = await openSqlite({ url: `file:${file}`, ...options });
  const other = otherProcess(file);
  return {
    db,
    other: other.raw,
    async [Symbol.asyncDispose]() {
      other[Symbol.dispose]();
      await db.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Resolves when the write has met the lock and a timer has run all the same. */
async function whileLocked(db: SqliteDatabase): Promise<void> {
  let turns = 0;
  while (turns < 3) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    turns += 1;
  }
  expect(db.connection.raw.inTransaction).toBe(false);
}

const put = (db: SqliteDatabase, key: string) =>
  db.connection.exclusive(() => {
    db.connection.raw.prepare('INSERT INTO settings VALUES (?, ?)').run(key, '1');
    return key;
  });

const writes: Record<string, (db: SqliteDatabase) => Promise<unknown>> = {
  'a script': (db) => put(db, 'written'),
  'a statement of Prisma': (db) => db.prisma.setting.create({ data: { key: 'written', value: '1' } }),
  'a transaction of Prisma': (db) =>
    db.prisma.$transaction(async (tx) => await tx.setting.create({ data: { key: 'written', value: '1' } })),
};

test.each(Object.entries(writes))(
  '%s waits for the lock of another process; the loop and reads do not',
  async (_, write) => {
    await using s = await shared({ patienceMs: 120_000 });
    s.other.exec('BEGIN IMMEDIATE');
    const states: string[] = [];
    const written = write(s.db).then(() => states.push('written'));
    await whileLocked(s.db);
    // Each road of a read, while the write waits.
    expect(await s.db.prisma.user.count()).toBe(0);
    expect(await s.db.transactions.liveSessionIds(['none'])).toEqual([]);
    expect(await s.db.transactions.readFeed(1, 0, 10)).toBeUndefined();
    expect(await s.db.health()).toBeNull();
    expect(states).toEqual([]);
    s.other.exec('ROLLBACK');
    await written;
    expect(await s.db.prisma.setting.count({ where: { key: 'written' } })).toBe(1);
  },
);

test('writes that waited are done in the order of their arrival, each once', async () => {
  await using s = await shared({ patienceMs: 120_000 });
  s.other.exec('BEGIN IMMEDIATE');
  const done: unknown[] = [];
  const all = Array.from({ length: 20 }, (_, n) =>
    (n % 2 === 0
      ? put(s.db, `k${n}`)
      : s.db.prisma.setting.create({ data: { key: `k${n}`, value: '1' } }).then(({ key }) => key)
    ).then((key) => done.push(key)),
  );
  await whileLocked(s.db);
  s.other.exec('COMMIT');
  await Promise.all(all);
  const stored = s.other.prepare("SELECT key FROM settings WHERE key LIKE 'k%' ORDER BY rowid").pluck().all();
  expect(stored).toHaveLength(20);
  expect(done.filter((key) => Number(String(key).slice(1)) % 2 === 0)).toEqual(
    Array.from({ length: 10 }, (_, n) => `k${n * 2}`),
  );
});

test.each(Object.entries(writes))(
  '%s is refused as busy when the lock stays for longer than the patience',
  async (_, write) => {
    await using s = await shared({ patienceMs: 30 });
    s.other.exec('BEGIN IMMEDIATE');
    expect(await errorOf(write(s.db))).toMatchObject({ name: 'StorageError', kind: 'busy' });
    s.other.exec('ROLLBACK');
    await write(s.db);
  },
);

test.each(['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_BUSY_RECOVERY', 'SQLITE_BUSY_TIMEOUT'])(
  '%s at any statement is tried again, on each road, and nothing is done twice',
  async (code) => {
    let failAt: RegExp | undefined;
    await using s = await shared({
      patienceMs: 120_000,
      onStatement(sql) {
        if (failAt?.test(sql) !== true) return;
        failAt = undefined;
        throw new BetterSqlite3.SqliteError('injected', code);
      },
    });
    for (const [name, write] of Object.entries(writes)) {
      // Inside Prisma's transaction the lock is held: nothing but its beginning and its end can meet one.
      for (const at of name.includes('transaction')
        ? [/^BEGIN/, /^COMMIT/]
        : [/^BEGIN|^INSERT/, /INSERT/, /^COMMIT/]) {
        failAt = at;
        await write(s.db);
        failAt = undefined;
        expect((await s.db.prisma.setting.deleteMany({ where: { key: 'written' } })).count).toBe(1);
      }
    }
    for (const read of [
      () => s.db.prisma.user.count(),
      () => s.db.transactions.liveSessionIds(['none']),
      () => s.db.transactions.readFeed(1, 0, 10),
    ]) {
      failAt = /SELECT/;
      await read();
      expect(failAt).toBeUndefined();
    }
  },
);

// A deferred BEGIN lets others write between the first read and the first write of a transaction, which then fails.
test('nobody can write between the first read and the first write of a transaction', async () => {
  await using s = await shared();
  const foreign = () => s.other.exec("INSERT OR REPLACE INTO settings VALUES ('foreign', '1')");
  await s.db.connection.exclusive(() => {
    s.db.connection.raw.prepare('SELECT count(*) FROM settings').get();
    expect(foreign).toThrow(/locked/);
    s.db.connection.raw.exec("INSERT INTO settings VALUES ('script', '1')");
  });
  await s.db.prisma.$transaction(async (tx) => {
    await tx.setting.count();
    expect(foreign).toThrow(/locked/);
    await tx.setting.create({ data: { key: 'prisma', value: '1' } });
  });
  foreign();
});

test('nobody can write between the look at what is missing and a migration', () => {
  using folder = temporaryFolder();
  const file = folder.file('new.db');
  const refused: unknown[] = [];
  const raw = new BetterSqlite3(file, {
    timeout: 0,
    verbose(sql) {
      if (!/CREATE TABLE IF NOT EXISTS "_prisma_migrations"/.test(String(sql))) return;
      using other = otherProcess(file);
      try {
        other.raw.exec('CREATE TABLE foreign_table (id)');
      } catch (error) {
        refused.push(error);
      }
    },
  });
  raw.pragma('journal_mode = WAL');
  const migrations = readMigrations(migrationsFolder);
  expect(applyMigrations(raw, migrations)).toHaveLength(migrations.length);
  raw.close();
  expect(refused).toHaveLength(migrations.length);
});

test('a start waits for the lock of another process without stopping the loop', async () => {
  using folder = temporaryFolder();
  const url = `file:${folder.file('a.db')}`;
  await (await openSqlite({ url })).close();
  using other = otherProcess(folder.file('a.db'));
  other.raw.exec('DELETE FROM settings; BEGIN IMMEDIATE');
  const opening = openSqlite({ url, patienceMs: 120_000 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  other.raw.exec('ROLLBACK');
  await using db = await opening;
  expect(await db.prisma.setting.count()).toBe(1);
  expect(await errorOf(openSqlite({ url: `file:${folder.file('none/b.db')}` }))).toBeInstanceOf(Error);
});

test('closing does what was asked for before, also when that waits for a lock', async () => {
  await using s = await shared({ patienceMs: 120_000 });
  s.other.exec('BEGIN IMMEDIATE');
  const written = put(s.db, 'late');
  const closed = s.db.close();
  expect(await errorOf(put(s.db, 'too late'))).toMatchObject({ kind: 'closed' });
  s.other.exec('ROLLBACK');
  expect(await written).toBe('late');
  await closed;
});

test('a transaction of Prisma keeps reads out only while it is open', async () => {
  await using s = await shared();
  const end = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const order: string[] = [];
  const transaction = s.db.prisma.$transaction(async (tx) => {
    await tx.user.create({ data: someone('a@example.org') });
    open.resolve();
    await end.promise;
    order.push('transaction');
  });
  await open.promise;
  const read = s.db.transactions.liveSessionIds(['none']).then(() => order.push('read'));
  end.resolve();
  await Promise.all([transaction, read]);
  expect(order).toEqual(['transaction', 'read']);
});
