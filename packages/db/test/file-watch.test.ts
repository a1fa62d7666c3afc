import { copyFileSync, linkSync, renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openSqlite } from '../src/sqlite/open.ts';
import { errorOf, otherProcess, someone, temporaryFolder } from './fixtures.ts';

/** Longer than a look stays fresh, so that the next write looks again. */
const staleMs = 25;
const passed = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, staleMs));

const losses: Record<string, (file: string) => void> = {
  deleted: (file) => rmSync(file),
  'deleted with its WAL': (file) => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix);
  },
  moved: (file) => renameSync(file, `${file}.elsewhere`),
  'replaced by a copy': (file) => {
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
  },
};

test.each(Object.entries(losses))(
  'a file that was %s takes nothing more, and what it held is kept',
  async (_, lose) => {
    using folder = temporaryFolder();
    const file = folder.file('a.db');
    await using db = await openSqlite({ url: `file:${file}` });
    await db.prisma.user.create({ data: someone('kept@example.org') });
    lose(file);
    const put = () => db.prisma.user.create({ data: someone('late@example.org') });
    expect(await errorOf(put())).toMatchObject({ name: 'StorageError', kind: 'gone' });
    expect(await errorOf(db.connection.exclusive(() => 'acknowledged'))).toMatchObject({ kind: 'gone' });
    expect(await errorOf(db.prisma.user.count())).toMatchObject({ kind: 'gone' });
    expect(await db.health()).toMatchObject({ kind: 'gone' });
    expect(await db.gone).toMatchObject({ kind: 'gone' });
    const copy = await db.rescued();
    using rescued = otherProcess(String(copy));
    expect(rescued.raw.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(rescued.raw.prepare('SELECT email FROM users ORDER BY id').pluck().all()).toContain(
      'kept@example.org',
    );
  },
);

test('each road notices at the end of the very write that would be lost', async () => {
  for (const road of ['script', 'statement', 'transaction'] as const) {
    using folder = temporaryFolder();
    const file = folder.file('a.db');
    await using db = await openSqlite({ url: `file:${file}` });
    rmSync(file);
    const data = someone('a@example.org');
    const lost = {
      script: () => db.connection.exclusive(() => {}),
      statement: () => db.prisma.user.create({ data }),
      transaction: () => db.prisma.$transaction(async (tx) => await tx.user.create({ data })),
    }[road];
    expect({ road, kind: await errorOf(lost()) }).toMatchObject({ road, kind: { kind: 'gone' } });
  }
});

test('it is noticed without any call, and without keeping the process alive', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  await using db = await openSqlite({ url: `file:${file}` });
  rmSync(file);
  // The loop is kept alive from here: the watch does not.
  const awake = setInterval(() => {}, 1_000);
  expect(await db.gone).toMatchObject({ kind: 'gone' });
  clearInterval(awake);
});

test('a hard link beside it changes nothing', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  await using db = await openSqlite({ url: `file:${file}` });
  linkSync(file, folder.file('b.db'));
  await passed();
  await db.prisma.user.create({ data: someone('a@example.org') });
  expect(await db.health()).toBeNull();
});

test.each([['-wal'], ['-shm'], ['-wal', '-shm']])(
  'a WAL that was deleted (%s %s) is made anew: a kill right afterwards loses nothing',
  async (...suffixes) => {
    using folder = temporaryFolder();
    const file = folder.file('a.db');
    const told: unknown[] = [];
    await using db = await openSqlite({ url: `file:${file}`, log: (level) => told.push(level) });
    await db.prisma.user.create({ data: someone('before@example.org') });
    for (const suffix of suffixes) if (suffix !== undefined) rmSync(file + suffix);
    await passed();
    await db.prisma.user.create({ data: someone('after@example.org') });
    // What a process that starts after a kill would find.
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, folder.file(`killed.db${suffix}`));
    using killed = otherProcess(folder.file('killed.db'));
    expect(killed.raw.prepare('SELECT email FROM users ORDER BY id').pluck().all()).toEqual([
      'before@example.org',
      'after@example.org',
    ]);
    expect(told).toContain('warn');
    await db.prisma.user.create({ data: someone('later@example.org') });
    expect(await db.health()).toBeNull();
  },
);

test('while another process keeps the WAL from being made anew, no write is acknowledged', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  await using db = await openSqlite({ url: `file:${file}` });
  {
    using reader = otherProcess(file);
    reader.raw.exec('BEGIN; SELECT * FROM users');
    rmSync(`${file}-wal`);
    await passed();
    expect(await errorOf(db.connection.exclusive(() => {}))).toMatchObject({ kind: 'busy' });
  }
  await db.connection.exclusive(() => {});
  expect(await db.health()).toBeNull();
});
