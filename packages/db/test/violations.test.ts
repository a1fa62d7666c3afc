import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { expect, test } from 'vitest';
import { Prisma } from '../generated/sqlite/client.ts';
import { isUniqueViolation } from '../src/errors/violations.ts';
import { columnId } from '../src/ids.ts';
import { openSqlite } from '../src/sqlite/open.ts';
import { temporaryDatabase } from '../src/temporary.ts';
import { errorOf, someone } from './fixtures.ts';

test('a taken value is told from other errors, by column, on Prisma and on transactions', async () => {
  await using file = await temporaryDatabase();
  await using db = await openSqlite({ url: `file:${file.file}` });
  await db.prisma.user.create({ data: someone('a@example.org') });
  const byPrisma = await errorOf(db.prisma.user.create({ data: someone('a@example.org') }));
  const byHand = await errorOf(
    db.connection.exclusive(() =>
      db.connection.raw.exec(
        `INSERT INTO users (email, password_hash, created_at) VALUES ('a@example.org', '', '')`,
      ),
    ),
  );
  for (const error of [byPrisma, byHand]) {
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'email')).toBe(true);
    expect(isUniqueViolation(error, 'id')).toBe(false);
  }
});

test('a taken value on PostgreSQL, which names the index', () => {
  const driverAdapterError = new DriverAdapterError({
    kind: 'UniqueConstraintViolation',
    constraint: { index: 'api_tokens_token_hash_key' },
  });
  const error = new Prisma.PrismaClientKnownRequestError('taken', {
    code: 'P2002',
    clientVersion: '7',
    meta: { driverAdapterError },
  });
  expect(isUniqueViolation(error, 'token_hash')).toBe(true);
  expect(isUniqueViolation(error, 'email')).toBe(false);
});

test('an id that no column holds becomes one that no row has', () => {
  expect([1, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 0, -1, 1.5, Number.NaN].map(columnId)).toEqual([
    1,
    2 ** 31 - 1,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
});
