import { openSync, statSync, truncateSync, writeSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { openSqlite } from '../src/sqlite/open.ts';
import { errorOf, otherProcess, someone, temporaryFolder } from './fixtures.ts';

test('however many ask within a second, one small write is made, and without a question none', async () => {
  using folder = temporaryFolder();
  const statements: string[] = [];
  await using db = await openSqlite({
    url: `file:${folder.file('a.db')}`,
    onStatement: (sql) => void statements.push(sql),
  });
  const writes = () => statements.filter((sql) => sql.startsWith('UPDATE settings')).length;
  expect(writes()).toBe(0);
  expect(await Promise.all(Array.from({ length: 100 }, () => db.health()))).toEqual(Array(100).fill(null));
  expect(writes()).toBe(1);
});

test.each([
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'readonly'],
  ['SQLITE_IOERR_WRITE', 'io'],
] as const)('a probe that fails with %s says so', async (code, kind) => {
  using folder = temporaryFolder();
  let failing = false;
  await using db = await openSqlite({
    url: `file:${folder.file('a.db')}`,
    onStatement(sql) {
      if (failing && sql.startsWith('UPDATE settings')) throw new BetterSqlite3.SqliteError('injected', code);
    },
  });
  failing = true;
  expect(await db.health()).toMatchObject({ kind });
  failing = false;
});

test('a lock of another process is no trouble at first, and one when it stays', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  await using patient = await openSqlite({ url: `file:${file}`, patienceMs: 120_000 });
  await using impatient = await openSqlite({ url: `file:${file}`, patienceMs: 1 });
  using other = otherProcess(file);
  other.raw.exec('BEGIN IMMEDIATE');
  expect(await patient.health()).toBeNull();
  expect(await impatient.health()).toMatchObject({ kind: 'busy' });
  // However long writes wait, after 5 s nobody should send more of them here.
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 5_000);
  expect(await patient.health()).toMatchObject({ kind: 'busy' });
  other.raw.exec('ROLLBACK');
});

test.each([
  [
    'overwritten at its beginning',
    (file: string) => writeSync(openSync(file, 'r+'), 'nonsense'.repeat(20), 0),
  ],
  ['cut short', (file: string) => truncateSync(file, statSync(file).size / 2)],
  ['emptied', (file: string) => truncateSync(file)],
])('a file that was %s is found damaged', async (_, damage) => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  // Opened twice, so that the file holds all pages.
  await (await openSqlite({ url: `file:${file}` })).close();
  const db = await openSqlite({ url: `file:${file}`, patienceMs: 0 });
  await new Promise((resolve) => setTimeout(resolve, 1));
  damage(file);
  expect(await db.health()).toMatchObject({ kind: 'damaged' });
  await db.close();
});

test('damage that any statement meets is remembered', async () => {
  using folder = temporaryFolder();
  let failing = false;
  await using db = await openSqlite({
    url: `file:${folder.file('a.db')}`,
    onStatement(sql) {
      if (failing && sql.startsWith('SELECT'))
        throw new BetterSqlite3.SqliteError('injected', 'SQLITE_CORRUPT');
    },
  });
  failing = true;
  expect(await errorOf(db.prisma.user.findFirst({ where: someone('a') }))).toMatchObject({ kind: 'damaged' });
  failing = false;
  expect(await db.health()).toMatchObject({ kind: 'damaged' });
});
