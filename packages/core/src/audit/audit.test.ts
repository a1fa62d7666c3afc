import { temporaryDatabase } from '@amanda/db/temporary';
import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { createMemoryLog } from '../../test/memory-log.ts';
import { silentLog } from '../log/log.ts';
import { createAudit } from './audit.ts';

test('entries are stored with their time, and closing stores the rest', async () => {
  await using db = await temporaryDatabase();
  const clock = createFakeClock();
  const audit = createAudit({ db, clock, log: silentLog });
  audit.record({ actorId: 1, action: 'session.loggedIn', subjectId: 1, address: '192.0.2.1' });
  await audit.flush();
  expect(await db.prisma.auditEntry.count()).toBe(1);
  clock.advance(1000);
  audit.record({ actorId: null, action: 'account.roleChanged', subjectId: 2, details: { role: 'admin' } });
  await audit.close();
  expect(await db.prisma.auditEntry.findMany({ omit: { id: true } })).toEqual([
    {
      at: new Date(clock.now() - 1000),
      actorId: 1,
      action: 'session.loggedIn',
      subjectId: 1,
      address: '192.0.2.1',
      details: '{}',
    },
    {
      at: new Date(clock.now()),
      actorId: null,
      action: 'account.roleChanged',
      subjectId: 2,
      address: '',
      details: '{"role":"admin"}',
    },
  ]);
});

test('entries that come while others are being written are not lost', async () => {
  await using db = await temporaryDatabase();
  const audit = createAudit({ db, clock: createFakeClock(), log: silentLog });
  for (let round = 0; round < 50; round += 1) {
    audit.record({ actorId: round, action: 'session.loggedIn' });
    if (round % 10 === 0) await Promise.resolve();
  }
  await audit.close();
  expect(await db.prisma.auditEntry.count()).toBe(50);
});

test('a database that refuses disturbs nobody: the entry goes to the log', async () => {
  const db = await temporaryDatabase();
  const log = createMemoryLog();
  const audit = createAudit({ db, clock: createFakeClock(), log });
  await db.close();
  audit.record({ actorId: 1, action: 'token.created', details: { name: 'not for the log' } });
  await audit.close();
  audit.record({ actorId: 2, action: 'token.revoked' });
  expect(log.lines).toMatchObject([
    { level: 'error', fields: { actions: [{ actorId: 1, action: 'token.created' }] } },
    { level: 'error', fields: { actions: [{ actorId: 2, action: 'token.revoked' }] } },
  ]);
});

test('a sweep removes what is older', async () => {
  await using db = await temporaryDatabase();
  const clock = createFakeClock();
  const audit = createAudit({ db, clock, log: silentLog });
  audit.record({ actorId: 1, action: 'session.loggedIn' });
  await audit.flush();
  clock.advance(5000);
  audit.record({ actorId: 2, action: 'session.loggedIn' });
  await audit.close();
  expect(await audit.sweep(new Date(clock.now()), 10)).toBe(1);
  expect(await db.prisma.auditEntry.findMany({ select: { actorId: true } })).toEqual([{ actorId: 2 }]);
});
