import { temporaryDatabase } from '@amanda/db/temporary';
import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { createMemoryLog } from '../../test/memory-log.ts';
import { createMailTokens } from '../accounts/mail-tokens.ts';
import { createAudit } from '../audit/audit.ts';
import { silentLog } from '../log/log.ts';
import { createSweeper } from './sweeper.ts';

test('a sweep that fails is told to the log by its name and keeps no other from its work', async () => {
  const log = createMemoryLog();
  const ran: string[] = [];
  const fails = (name: string) => () => {
    ran.push(name);
    return Promise.reject(new Error(`${name} is broken`));
  };
  const sweeper = createSweeper({
    transactions: { sweep: () => fails('rows')() },
    clock: createFakeClock(),
    log,
    alsoSweep: {
      sessions: fails('sessions'),
      mailTokens: fails('mailTokens'),
      audit: () => {
        ran.push('audit');
        return Promise.resolve(0);
      },
    },
  });
  await sweeper.sweep();
  await sweeper.close();
  expect(ran).toEqual(['sessions', 'mailTokens', 'audit', 'rows']);
  expect(log.lines.map(({ fields }) => Reflect.get(fields, 'sweep'))).toEqual([
    'sessions',
    'mailTokens',
    'rows',
  ]);
});

test('what is swept goes in slices, with turns for others between them', async () => {
  const clock = createFakeClock();
  let left = 2_500;
  const slices: number[] = [];
  const sweeper = createSweeper({
    transactions: { sweep: () => Promise.resolve(0) },
    clock,
    log: createMemoryLog(),
    alsoSweep: {
      sessions(limit) {
        const removed = Math.min(left, limit);
        left -= removed;
        slices.push(removed);
        return Promise.resolve(removed);
      },
    },
  });
  const swept = sweeper.sweep();
  for (const slice of [1, 2, 3]) {
    await new Promise(setImmediate);
    expect(slices).toHaveLength(slice);
    clock.advance(50);
  }
  await swept;
  await sweeper.close();
  expect(slices).toEqual([1_000, 1_000, 500]);
});

test('sessions, links by mail and entries of the audit log are removed no more than so many at once', async () => {
  await using db = await temporaryDatabase();
  const clock = createFakeClock();
  const now = new Date(clock.now());
  const old = new Date(clock.now() - 1);
  const { id: userId } = await db.prisma.user.create({
    data: { email: 'a@example.org', passwordHash: '', createdAt: now },
  });
  const five = [1, 2, 3, 4, 5];
  await db.prisma.auditEntry.createMany({ data: five.map(() => ({ at: old, action: 'a' })) });
  await db.prisma.mailToken.createMany({
    data: five.map((index) => ({
      userId,
      purpose: 'reset',
      email: '',
      tokenHash: `${index}`,
      createdAt: old,
      expiresAt: old,
    })),
  });
  const audit = createAudit({ db, clock, log: silentLog });
  expect(await audit.sweep(now, 2)).toBe(2);
  expect(await createMailTokens({ db, clock }).sweep(2)).toBe(2);
  expect([await db.prisma.auditEntry.count(), await db.prisma.mailToken.count()]).toEqual([3, 3]);
  await audit.close();
});
