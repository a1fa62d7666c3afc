import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { holdLargeLog } from '../src/sqlite/fold-log.ts';
import { openSqlite } from '../src/sqlite/open.ts';
import { journalSizeLimit, readPragma, walAutocheckpoint } from '../src/sqlite/pragmas.ts';
import { otherProcess, temporaryFolder } from './fixtures.ts';

const log = (): void => {};

/** What a crash leaves of a database whose WAL could not be folded. @param logBytes about how large the WAL is */
async function crashed(logBytes: number): Promise<Disposable & { file: string }> {
  const folder = temporaryFolder();
  const file = folder.file('amanda.db');
  await (await openSqlite({ url: `file:${folder.file('live.db')}` })).close();
  using live = otherProcess(folder.file('live.db'));
  live.raw.pragma('synchronous = OFF');
  live.raw.pragma('wal_autocheckpoint = 0');
  const write = live.raw.prepare('INSERT INTO settings VALUES (?, ?)');
  const value = 'x'.repeat(256 * 1024);
  for (let n = 0; n * value.length < logBytes; n += 1) write.run(`key ${n}`, value);
  for (const end of ['', '-wal']) cpSync(folder.file(`live.db${end}`), `${file}${end}`);
  return { file, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

const sizeOf = (file: string): number => statSync(file).size;
const keys = "SELECT count(*) FROM settings WHERE key LIKE 'key %'";

describe('a WAL larger than it is let grow', () => {
  const large = journalSizeLimit + 4 * 1024 * 1024;

  it('is folded by a thread when it is told to, and by no commit before', async () => {
    using left = await crashed(large);
    using connection = otherProcess(left.file);
    const { raw } = connection;
    raw.prepare(keys).get();
    const held = holdLargeLog({ file: left.file, raw, log });
    expect(readPragma(raw, 'wal_autocheckpoint')).toBe(0);
    raw.exec("INSERT INTO settings VALUES ('meanwhile', 'kept')");
    expect(sizeOf(left.file)).toBeLessThan(large);
    await held.fold();
    expect(readPragma(raw, 'wal_autocheckpoint')).toBe(walAutocheckpoint);
    expect(sizeOf(left.file)).toBeGreaterThan(large);
    // Nothing is left in it, so that the next commit begins it anew.
    raw.pragma(`journal_size_limit = ${journalSizeLimit}`);
    raw.pragma('wal_checkpoint(PASSIVE)');
    raw.exec("INSERT INTO settings VALUES ('afterwards', 'kept')");
    expect(sizeOf(`${left.file}-wal`)).toBeLessThanOrEqual(journalSizeLimit);
  });

  it('is folded by the database when the start is done, without anybody writing', async () => {
    using left = await crashed(large);
    const before = sizeOf(left.file);
    await using db = await openSqlite({ url: `file:${left.file}` });
    await db.foldLog();
    expect(before).toBeLessThan(large);
    expect(sizeOf(left.file)).toBeGreaterThan(large);
  });

  it('is gone after a close that comes at once', async () => {
    using left = await crashed(large);
    const warnings: string[] = [];
    const db = await openSqlite({
      url: `file:${left.file}`,
      log: (level, _fields, text) => void (level === 'warn' && warnings.push(text)),
    });
    // Once it was used, Prisma closes the connection.
    await db.prisma.setting.count();
    const folded = db.foldLog();
    await db.close();
    await folded;
    expect(warnings).toEqual([]);
    expect(existsSync(`${left.file}-wal`)).toBe(false);
    using after = otherProcess(left.file);
    expect(after.raw.prepare(keys).pluck().get()).toBe(Math.ceil(large / (256 * 1024)));
  });

  it('is folded by a commit when the thread cannot', async () => {
    using left = await crashed(large);
    using connection = otherProcess(left.file);
    const { raw } = connection;
    raw.prepare(keys).get();
    const said: string[] = [];
    cpSync(`${left.file}-wal`, `${left.file}-elsewhere-wal`);
    await holdLargeLog({
      file: `${left.file}-elsewhere`,
      raw,
      log: (level) => void said.push(level),
    }).fold();
    expect(said).toEqual(['warn']);
    expect(readPragma(raw, 'wal_autocheckpoint')).toBe(walAutocheckpoint);
  });
});

it('leaves a WAL of the usual size to the commits', async () => {
  using left = await crashed(journalSizeLimit / 2);
  using connection = otherProcess(left.file);
  const { raw } = connection;
  raw.prepare(keys).get();
  const held = holdLargeLog({ file: left.file, raw, log });
  expect(readPragma(raw, 'wal_autocheckpoint')).toBe(walAutocheckpoint);
  await held.fold();
  expect(sizeOf(left.file)).toBeLessThan(journalSizeLimit / 2);
});

it.runIf(process.platform === 'linux')('reads the WAL once when it opens a database', async () => {
  using left = await crashed(journalSizeLimit - 2 * 1024 * 1024);
  const bytes = sizeOf(`${left.file}-wal`);
  const child = fork(path.join(import.meta.dirname, 'open-and-count.ts'), [`file:${left.file}`], {
    execArgv: ['--conditions=development'],
  });
  const ended = once(child, 'exit');
  const [read]: unknown[] = await once(child, 'message');
  await ended;
  expect(read).toBeGreaterThan(bytes);
  expect(read).toBeLessThan(1.5 * bytes);
});
