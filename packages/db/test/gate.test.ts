import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { PrismaClient } from '../generated/sqlite/client.ts';
import { asStorageError, StorageError } from '../src/errors/storage-error.ts';
import { gatedFactory, openAdapter } from '../src/sqlite/adapter.ts';
import { createGate } from '../src/sqlite/gate.ts';
import { openSqlite } from '../src/sqlite/open.ts';
import { temporaryDatabase } from '../src/temporary.ts';
import { errorOf, otherProcess, someone, temporaryFolder } from './fixtures.ts';

/** A Prisma client on a migrated file in rollback-journal mode, with the gate or straight on Prisma's adapter. */
async function openClient(how: 'gated' | 'plain', file: string) {
  await (await openSqlite({ url: `file:${file}` })).close();
  const opened = await openAdapter(file);
  opened.raw.pragma('journal_mode = DELETE');
  // The epoch of the change feeds, so that tables are empty.
  opened.raw.exec('DELETE FROM settings');
  const factory =
    how === 'gated'
      ? gatedFactory(opened, {
          gate: createGate({ patienceMs: 0 }),
          watch: { lookAfterWrite: () => {} },
          patienceMs: 0,
          translate: asStorageError,
        })
      : { ...opened.adapter, connect: async () => opened.adapter };
  const prisma = new PrismaClient({ adapter: factory });
  return {
    prisma,
    factory,
    raw: opened.raw,
    async [Symbol.asyncDispose]() {
      await prisma.$disconnect();
      opened.raw.close();
    },
  };
}

test.each([
  // If this fails, Prisma's adapter has learnt to keep others out, and the gate may go.
  { how: 'plain', fate: 'is undone with' },
  { how: 'gated', fate: 'outlives' },
] as const)('on the $how adapter, a write beside a transaction $fate its rollback', async ({ how, fate }) => {
  using folder = temporaryFolder();
  await using client = await openClient(how, folder.file('a.db'));
  const adapter = await client.factory.connect();
  const statement = (sql: string) => ({ sql, args: [], argTypes: [] });

  const transaction = await adapter.startTransaction();
  const write = adapter.executeRaw(statement(`INSERT INTO settings VALUES ('a', '1')`));
  await transaction.executeRaw(statement('ROLLBACK'));
  await transaction.rollback();

  expect(await write).toBe(1);
  expect(await client.prisma.setting.count()).toBe(fate === 'outlives' ? 1 : 0);
});

test('with the gate, a Prisma query waits for the transaction beside it and stays', async () => {
  using folder = temporaryFolder();
  await using client = await openClient('gated', folder.file('a.db'));
  const inside = Promise.withResolvers<void>();
  const fail = Promise.withResolvers<void>();
  const transaction = errorOf(
    client.prisma.$transaction(async (tx) => {
      await tx.user.create({ data: someone('inside@example.org') });
      inside.resolve();
      await fail.promise;
      throw new Error('roll back');
    }),
  );
  await inside.promise;
  const write = client.prisma.user.create({ data: someone('outside@example.org') });
  fail.resolve();
  await transaction;
  await write;
  expect(await client.prisma.user.findMany({ select: { email: true } })).toEqual([
    { email: 'outside@example.org' },
  ]);
});

test.each([
  // If this fails, https://github.com/prisma/prisma/issues/29933 is mended.
  { how: 'plain', afterwards: 'stuck', kept: [] },
  { how: 'gated', afterwards: 'fine', kept: ['next@example.org'] },
] as const)('a COMMIT that meets a lock leaves the $how connection $afterwards', async ({ how, kept }) => {
  using folder = temporaryFolder();
  const file = folder.file('busy.db');
  {
    await using client = await openClient(how, file);
    const create = async (email: string): Promise<unknown> =>
      await client.prisma.$transaction(async (tx) => await tx.user.create({ data: someone(email) }));
    {
      using reader = otherProcess(file);
      reader.raw.exec('BEGIN; SELECT * FROM users');
      expect(await errorOf(create('first@example.org'))).toBeInstanceOf(Error);
    }
    await errorOf(create('next@example.org'));
  }
  using reader = otherProcess(file);
  expect(reader.raw.prepare('SELECT email FROM users').pluck().all()).toEqual(kept);
});

test('a transaction that nobody waits for any more does not keep the gate', async () => {
  await using file = await temporaryDatabase();
  await using db = await openSqlite({ url: `file:${file.file}` });
  const done = Promise.withResolvers<void>();
  const first = db.prisma.$transaction(async () => await done.promise);
  const late = await errorOf(db.prisma.$transaction(async () => {}, { maxWait: 1 }));
  expect(late).toMatchObject({ code: 'P2028' });
  done.resolve();
  await first;
  expect(await db.prisma.user.count()).toBe(0);
  expect(await db.connection.exclusive(() => db.connection.raw.inTransaction)).toBe(true);
});

test('who came first goes first: statements, transactions and exclusive work alike', async () => {
  await using file = await temporaryDatabase();
  await using db = await openSqlite({ url: `file:${file.file}` });
  const order: string[] = [];
  const open = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const holder = db.prisma.$transaction(async (tx) => {
    await tx.user.count();
    open.resolve();
    await gate.promise;
    order.push('holder');
  });
  await open.promise;
  const work = [
    db.connection.exclusive(() => order.push('exclusive')),
    db.connection.read(() => order.push('read')),
    db.connection.exclusive(() => order.push('exclusive again')),
  ];
  expect(order).toEqual([]);
  gate.resolve();
  await Promise.all([holder, ...work]);
  expect(order).toEqual(['holder', 'exclusive', 'read', 'exclusive again']);
});

test('exclusive work is committed before the call returns when nothing is open', async () => {
  await using file = await temporaryDatabase();
  await using db = await openSqlite({ url: `file:${file.file}` });
  const promise = db.connection.exclusive(() => {
    db.connection.raw.exec(`INSERT INTO settings VALUES ('a', '1')`);
    return 'result';
  });
  using other = otherProcess(file.file);
  expect(other.raw.prepare(`SELECT value FROM settings WHERE key = 'a'`).pluck().get()).toBe('1');
  expect(await promise).toBe('result');
});

test('exclusive work that throws leaves nothing behind', async () => {
  await using file = await temporaryDatabase();
  await using db = await openSqlite({ url: `file:${file.file}` });
  const cause = new Error('mine');
  const failed = db.connection.exclusive(() => {
    db.connection.raw.exec(`INSERT INTO settings VALUES ('a', '1')`);
    throw cause;
  });
  expect(await errorOf(failed)).toBe(cause);
  expect(await db.prisma.setting.count({ where: { key: 'a' } })).toBe(0);
});

test('exclusive work must not be asynchronous or nested', async () => {
  await using file = await temporaryDatabase();
  await using db = await openSqlite({ url: `file:${file.file}` });
  expect(await errorOf(db.connection.exclusive(async () => {}))).toBeInstanceOf(TypeError);
  let nested: Promise<unknown> | undefined;
  await db.connection.exclusive(() => {
    nested = errorOf(db.connection.exclusive(() => {}));
  });
  expect(await nested).toBeInstanceOf(Error);
});

test.each([
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY_DBMOVED', 'readonly'],
  ['SQLITE_IOERR_FSYNC', 'io'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
] as const)('%s at any statement becomes the storage error %s and is undone', async (code, kind) => {
  let failAt: RegExp | undefined;
  await using file = await temporaryDatabase();
  await using db = await openSqlite({
    url: `file:${file.file}`,
    patienceMs: 0,
    onStatement(sql) {
      if (failAt?.test(sql)) throw new BetterSqlite3.SqliteError('injected', code);
    },
  });
  for (const statement of [/^BEGIN/, /^INSERT/, /^COMMIT/]) {
    failAt = statement;
    const failed = await errorOf(
      db.connection.exclusive(() => db.connection.raw.exec(`INSERT INTO settings VALUES ('a', '1')`)),
    );
    expect(failed).toBeInstanceOf(StorageError);
    expect(failed).toMatchObject({ kind, cause: { code } });
    failAt = undefined;
    expect(await db.prisma.setting.count({ where: { key: 'a' } })).toBe(0);
  }
});

test('another process that holds the lock makes exclusive work fail as busy', async () => {
  using folder = temporaryFolder();
  const file = folder.file('busy.db');
  await using db = await openSqlite({ url: `file:${file}`, patienceMs: 0 });
  using other = otherProcess(file);
  other.raw.exec('BEGIN IMMEDIATE');
  expect(await errorOf(db.connection.exclusive(() => {}))).toMatchObject({
    name: 'StorageError',
    kind: 'busy',
  });
  other.raw.exec('ROLLBACK');
  expect(await db.connection.exclusive(() => 1)).toBe(1);
});

test('what was asked for before closing is done, what comes after is refused', async () => {
  using folder = temporaryFolder();
  const db = await openSqlite({ url: `file:${folder.file('closing.db')}` });
  const open = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const transaction = db.prisma.$transaction(async (tx) => {
    await tx.user.create({ data: someone('a@example.org') });
    open.resolve();
    await end.promise;
  });
  await open.promise;
  const before = db.connection.exclusive(() => 'done');
  const closed = db.close();
  const after = errorOf(db.connection.exclusive(() => 'late'));
  end.resolve();
  await transaction;
  expect(await before).toBe('done');
  expect(await after).toMatchObject({ kind: 'closed' });
  await closed;
  await db.close();
  expect(await errorOf(db.prisma.user.count())).toBeInstanceOf(Error);
});

test.each([/^BEGIN/, /^COMMIT/])(
  'a Prisma transaction that fails at %s leaves the next one unharmed',
  async (at) => {
    await using file = await temporaryDatabase();
    let failing = true;
    await using db = await openSqlite({
      url: `file:${file.file}`,
      onStatement(sql) {
        if (failing && at.test(sql)) throw new BetterSqlite3.SqliteError('injected', 'SQLITE_IOERR');
      },
    });
    const create = async (email: string): Promise<unknown> =>
      await db.prisma.$transaction(async (tx) => await tx.user.create({ data: someone(email) }));
    expect(await errorOf(create('first@example.org'))).toBeInstanceOf(Error);
    failing = false;
    await create('next@example.org');
    expect(await db.prisma.user.findMany({ select: { email: true } })).toEqual([
      { email: 'next@example.org' },
    ]);
  },
);

test('a nested write is one transaction: what it began is undone when a part fails', async () => {
  await using db = await temporaryDatabase();
  const token = { name: 'a', tokenHash: 'same', createdAt: new Date(0) };
  const failed = await errorOf(
    db.prisma.user.create({ data: { ...someone('a@example.org'), apiTokens: { create: [token, token] } } }),
  );
  expect(failed).toMatchObject({ code: 'P2002' });
  expect(await db.prisma.user.count()).toBe(0);
});
