import { existsSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OpenError } from '../src/index.ts';
import { openSqlite } from '../src/sqlite/open.ts';
import { readPragma } from '../src/sqlite/pragmas.ts';
import { temporaryDatabase } from '../src/temporary.ts';
import { toDbTime } from '../src/time.ts';
import { errorOf, otherProcess, someone, temporaryFolder } from './fixtures.ts';

test('the live connection has the settings that durability rests on', async () => {
  using folder = temporaryFolder();
  await using db = await openSqlite({ url: `file:${folder.file('a.db')}` });
  const now = Object.fromEntries(
    [
      'journal_mode',
      'synchronous',
      'foreign_keys',
      'busy_timeout',
      'wal_autocheckpoint',
      'journal_size_limit',
    ].map((pragma) => [pragma, readPragma(db.connection.raw, pragma)]),
  );
  expect(now).toEqual({
    journal_mode: 'wal',
    synchronous: 2,
    foreign_keys: 1,
    busy_timeout: 0,
    wal_autocheckpoint: 1_000,
    journal_size_limit: 16_777_216,
  });
});

test('the WAL does not grow without bound, and is gone after closing', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  const db = await openSqlite({ url: `file:${file}` });
  const { raw } = db.connection;
  // Its fsyncs are not what this is about.
  raw.pragma('synchronous = OFF');
  const write = raw.prepare('INSERT OR REPLACE INTO settings VALUES (?, ?)');
  for (let n = 0; n < 200; n += 1) write.run(`key ${n % 20}`, 'x'.repeat(256 * 1024));
  expect(statSync(`${file}-wal`).size).toBeLessThan(24 * 1024 * 1024);
  await db.close();
  expect(existsSync(`${file}-wal`)).toBe(false);
});

test('the epoch of the feeds is drawn once for each database', async () => {
  using folder = temporaryFolder();
  const url = `file:${folder.file('a.db')}`;
  const first = await openSqlite({ url });
  await first.close();
  await using again = await openSqlite({ url });
  await using another = await temporaryDatabase();
  expect(first.feedEpoch).toMatch(/^[\w-]{12}$/);
  expect(again.feedEpoch).toBe(first.feedEpoch);
  expect(another.feedEpoch).not.toBe(first.feedEpoch);
});

test('a folder that does not exist is reported', async () => {
  using folder = temporaryFolder();
  const refused = await errorOf(openSqlite({ url: `file:${folder.file('none/a.db')}` }));
  expect(refused).toBeInstanceOf(OpenError);
  expect(refused).toMatchObject({ message: expect.stringContaining(folder.file('none')) });
});

test('temporary databases are independent and leave nothing behind', async () => {
  let file: string;
  {
    await using one = await temporaryDatabase();
    await using two = await temporaryDatabase();
    await one.prisma.user.create({ data: someone('a@example.org') });
    expect(await two.prisma.user.count()).toBe(0);
    file = one.file;
  }
  expect(existsSync(file)).toBe(false);
});

test.each([2 ** 31, 2 ** 53 - 1, 0, -1])('nothing is found under the id %d, without an error', async (id) => {
  await using db = await temporaryDatabase();
  expect(await db.prisma.user.findUnique({ where: { id } })).toBeNull();
});

test('a time is stored in one form by Prisma and by hand, so that text order is time order', async () => {
  await using db = await temporaryDatabase();
  const times = ['1970-01-01T00:00:00.000Z', '2026-11-22T23:59:59.999Z', '2026-11-23T00:00:00.000Z'];
  for (const time of times) {
    await db.prisma.user.create({ data: { ...someone(`${time}@example.org`), createdAt: new Date(time) } });
  }
  using other = otherProcess(db.file);
  const stored = other.raw.prepare('SELECT created_at FROM users ORDER BY created_at').pluck().all();
  expect(stored).toEqual(times.map((time) => toDbTime(new Date(time))));
  expect(stored[1]).toBe('2026-11-22T23:59:59.999+00:00');
  const since = await db.prisma.user.count({
    where: { createdAt: { gte: new Date('2026-11-23T00:00:00Z') } },
  });
  expect(since).toBe(1);
});

test('a time beyond the form is refused', () => {
  expect(() => toDbTime(new Date('+010000-01-01T00:00:00Z'))).toThrow(RangeError);
  expect(() => toDbTime(new Date(Number.NaN))).toThrow(RangeError);
});
