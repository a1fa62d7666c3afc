import { spawnSync } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createMemoryLog } from '../../test/memory-log.ts';
import { silentLog } from '../log/log.ts';
import { createHashPool } from './hash-pool.ts';
import { createPasswords, defaultRounds } from './passwords.ts';

const passwords = [
  'password123',
  'пароль и пробел ',
  'e\u0301 is not \u00e9',
  '\u00e9 is not e\u0301',
  '👩‍👩‍👧 family',
  'nul\0inside',
  '\0\0\0\0\0\0\0\0',
  'x'.repeat(64), // the block of SHA-256
  'x'.repeat(65),
  'ü'.repeat(1024),
  '\uffff\u{10ffff}',
];
const salts = ['a', 'hNbQ7JkTfZ2dLs9W', 'sälz', '5f'.repeat(32)];
const counts = [1, 2, 1000];
const vectors = passwords.flatMap((password, index) =>
  counts.map((rounds) => ({ password, rounds, salt: salts[(index + rounds) % salts.length] ?? 'a' })),
);
const textOf = (rounds: number, salt: string, hex: string) => `pbkdf2:sha256:${rounds}$${salt}$${hex}`;

test('hashes of node:crypto are accepted, and only with their own password', async () => {
  await using hasher = createPasswords({ rounds: 1, log: silentLog, queue: 1000 });
  for (const { password, salt, rounds } of vectors) {
    const stored = textOf(rounds, salt, pbkdf2Sync(password, salt, rounds, 32, 'sha256').toString('hex'));
    expect(await hasher.verify(password, stored)).toEqual({ matches: true, outdated: rounds !== 1 });
    expect((await hasher.verify(`${password} `, stored)).matches).toBe(false);
  }
});

const python = spawnSync('/usr/bin/python3', ['-c', 'import hashlib']).status === 0;

test.runIf(python)("hashes of Python's hashlib are accepted", async () => {
  const script = `
import hashlib, json, sys
print(json.dumps([hashlib.pbkdf2_hmac('sha256', v['password'].encode(), v['salt'].encode(), v['rounds']).hex()
                  for v in json.load(sys.stdin)]))`;
  const { stdout } = spawnSync('/usr/bin/python3', ['-c', script], { input: JSON.stringify(vectors) });
  const keys = JSON.parse(stdout.toString()) as string[];
  await using hasher = createPasswords({ rounds: 1, log: silentLog });
  for (const [index, { password, salt, rounds }] of vectors.entries()) {
    const stored = textOf(rounds, salt, keys[index] ?? '');
    expect((await hasher.verify(password, stored)).matches).toBe(true);
  }
});

test("a new hash is in Werkzeug's form with a salt of its own", async () => {
  await using hasher = createPasswords({ rounds: 10, log: silentLog });
  const [one, two] = await Promise.all([hasher.hash('same password'), hasher.hash('same password')]);
  expect(one).toMatch(/^pbkdf2:sha256:10\$[0-9a-f]{32}\$[0-9a-f]{64}$/);
  expect(one).not.toBe(two);
  expect(await hasher.verify('same password', one)).toEqual({ matches: true, outdated: false });
});

test('new hashes have 600,000 rounds by default', async () => {
  expect(defaultRounds).toBe(600_000);
  await using hasher = createPasswords({ log: silentLog });
  expect(await hasher.hash('password')).toMatch(/^pbkdf2:sha256:600000\$/);
});

test('a hash with fewer rounds, or more, matches and is called outdated', async () => {
  await using hasher = createPasswords({ rounds: 50, log: silentLog });
  await using weaker = createPasswords({ rounds: 49, log: silentLog });
  await using stronger = createPasswords({ rounds: 51, log: silentLog });
  const [weak, strong] = await Promise.all([weaker.hash('password'), stronger.hash('password')]);
  expect(await hasher.verify('password', weak)).toEqual({ matches: true, outdated: true });
  expect(await hasher.verify('wrong one', weak)).toEqual({ matches: false, outdated: false });
  expect(await hasher.verify('password', strong)).toEqual({ matches: true, outdated: true });
});

test('a malformed hash and one above the cap are refused with a warning that holds no hash', async () => {
  const log = createMemoryLog();
  await using hasher = createPasswords({ rounds: 10, maxRounds: 100, log });
  const above = textOf(101, 'salt', pbkdf2Sync('password', 'salt', 101, 32, 'sha256').toString('hex'));
  expect(await hasher.verify('password', above)).toEqual({ matches: false, outdated: false });
  expect(await hasher.verify('password', 'nonsense')).toEqual({ matches: false, outdated: false });
  expect(log.lines.map(({ level, fields }) => ({ level, fields }))).toEqual([
    { level: 'warn', fields: {} },
    { level: 'warn', fields: {} },
  ]);
});

test('nobody matches, and a lone surrogate does not match its replacement character', async () => {
  await using hasher = createPasswords({ rounds: 10, log: silentLog });
  expect((await hasher.verify('password', null)).matches).toBe(false);
  const stored = await hasher.hash('secret \ufffd');
  expect((await hasher.verify('secret \ufffd', stored)).matches).toBe(true);
  expect((await hasher.verify('secret \ud800', stored)).matches).toBe(false);
});

const slow = { password: 'x', salt: 'y', rounds: 300_000, idleRounds: 0 };

test('a full queue refuses at once and the rest is served', async () => {
  await using pool = createHashPool({ threads: 1, queue: 16 });
  const served = Array.from({ length: 17 }, (_, index) =>
    pool.run({ ...slow, rounds: index === 0 ? 300_000 : 1 }),
  );
  const refused = pool.run(slow).catch((error: unknown) => error);
  // Before the hash that was under way is done.
  const first = await Promise.race([refused, ...served]);
  expect(first).toMatchObject({ code: 'HASH_QUEUE_FULL', details: { retryAfterSeconds: 1 } });
  expect(await Promise.all(served)).toHaveLength(17);
  await expect(pool.run({ ...slow, rounds: 1 })).resolves.toHaveLength(32);
});

test('closing refuses what runs and what waits, and everything after', async () => {
  const pool = createHashPool({ threads: 1, queue: 16 });
  const settled = Promise.allSettled([pool.run({ ...slow, rounds: 5_000_000 }), pool.run(slow)]);
  await pool.close();
  for (const result of await settled) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SHUTTING_DOWN' } });
  }
  await expect(pool.run(slow)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});

test('a thread that dies fails its own job only', async () => {
  await using pool = createHashPool({ threads: 1, queue: 16 });
  const bad = pool.run({ ...slow, rounds: -1 }); // pbkdf2Sync throws, which ends the thread
  const good = pool.run({ ...slow, rounds: 1 });
  await expect(bad).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(good).resolves.toEqual(pbkdf2Sync('x', 'y', 1, 32, 'sha256'));
});

test('the event loop stays free while a password is hashed', async () => {
  await using pool = createHashPool({ threads: 1, queue: 16 });
  await pool.run({ ...slow, rounds: 1 });
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  await pool.run(slow);
  clearImmediate(next);
  expect(turns).toBeGreaterThan(10);
});

test('random salts and keys survive the way through the threads', async () => {
  await using pool = createHashPool({ threads: 2, queue: 100 });
  const jobs = Array.from({ length: 20 }, () => ({
    ...slow,
    rounds: 3,
    salt: randomBytes(8).toString('hex'),
  }));
  const keys = await Promise.all(jobs.map((job) => pool.run(job)));
  expect(keys).toEqual(jobs.map((job) => pbkdf2Sync('x', job.salt, 3, 32, 'sha256')));
});
