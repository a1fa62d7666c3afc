import { expect, test } from 'vitest';
import { agent, createAccountsWorld, password } from '../../test/accounts-world.ts';
import { publicSessionId } from './sessions.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const email = 'ada@example.com';

/** A world with one user, and a count of the statements that touch sessions. */
async function worldWithSession() {
  const statements: string[] = [];
  const world = await createAccountsWorld({
    onStatement: (sql) => {
      if (sql.includes('sessions')) statements.push(sql);
    },
  });
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  await world.settle();
  statements.length = 0;
  return Object.assign(world, { user, session, statements });
}

/** Turns the clock one poll on and waits for what that starts. */
async function poll(world: Awaited<ReturnType<typeof worldWithSession>>, done: () => boolean): Promise<void> {
  world.clock.advance(1000);
  await expect.poll(done, { interval: 1 }).toBe(true);
}

/** Turns the clock, poll by poll, until something is true. */
async function ticking(
  world: Awaited<ReturnType<typeof worldWithSession>>,
  done: () => boolean,
): Promise<void> {
  const tick = () => {
    world.clock.advance(1000);
    return done();
  };
  await expect.poll(tick, { interval: 1 }).toBe(true);
}

test('the id of a session is 256 random bits, another one each time', async () => {
  await using world = await worldWithSession();
  const ids = new Set([world.session.id]);
  for (let round = 0; round < 20; round += 1) {
    const { session } = await world.accounts.logIn({ email, password, agent });
    ids.add(session.id);
  }
  expect(ids.size).toBe(21);
  for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(32);
});

test('a held session is opened without a query', async () => {
  await using world = await worldWithSession();
  const [first] = await Promise.all([1, 2, 3].map(() => world.sessions.open(world.session.id)));
  expect(world.statements.length).toBe(1); // three at once share one look-up
  for (let round = 0; round < 100; round += 1) (await world.sessions.open(world.session.id))?.release();
  expect(world.statements.length).toBe(1);
  expect(first).toMatchObject({ kind: 'session', id: world.session.id, userId: world.user.id, ended: null });
});

test('a released session is believed for less than a second', async () => {
  await using world = await worldWithSession();
  (await world.sessions.open(world.session.id))?.release();
  world.clock.advance(999);
  (await world.sessions.open(world.session.id))?.release();
  expect(world.statements).toHaveLength(1);
  world.clock.advance(1);
  (await world.sessions.open(world.session.id))?.release();
  expect(world.statements).toHaveLength(2);
});

test('an ended session tells its listeners once, also late ones, and not those that were taken away', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  const told: string[] = [];
  live?.onEnd((reason) => told.push(`first ${reason}`));
  live?.onEnd((reason) => told.push(`away ${reason}`))();
  const released = await world.sessions.open(world.session.id);
  released?.onEnd((reason) => told.push(`released ${reason}`));
  released?.release();
  const ending = world.sessions.end(world.session.id, 'logged_out');
  expect(told).toEqual(['first logged_out']);
  await ending;
  await world.sessions.end(world.session.id, 'revoked');
  live?.onEnd((reason) => told.push(`late ${reason}`));
  await Promise.resolve();
  expect(told).toEqual(['first logged_out', 'late logged_out']);
});

test('a session whose row another process deletes ends within a second', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  await world.db.prisma.session.deleteMany({});
  await poll(world, () => live?.ended !== null);
  expect(live?.ended).toBe('revoked');
});

test('one query a second watches over all held sessions, and none when nothing is held', async () => {
  await using world = await worldWithSession();
  const others = await Promise.all([1, 2, 3].map(() => world.accounts.logIn({ email, password, agent })));
  const held = await Promise.all(others.map(({ session }) => world.sessions.open(session.id)));
  world.statements.length = 0;
  await poll(world, () => world.statements.length > 0);
  expect(world.statements).toHaveLength(1);
  for (const live of held) live?.release();
  world.clock.advance(1000);
  await expect.poll(() => world.clock.pending, { interval: 1 }).toBe(0);
  expect(world.statements).toHaveLength(1);
});

test('a database that cannot be read does not end sessions', async () => {
  let broken = false;
  await using world = await createAccountsWorld({
    onStatement: () => {
      if (broken) throw new Error('disk I/O error');
    },
  });
  const { session } = await world.accounts.signUp({ email, password, agent });
  await world.settle();
  const live = await world.sessions.open(session.id);
  broken = true;
  world.clock.advance(1000);
  await expect.poll(() => world.clock.pending, { interval: 1 }).toBe(1); // the next look is due
  expect(live?.ended).toBeNull();
  broken = false;
  await world.db.prisma.session.deleteMany({});
  world.clock.advance(1000);
  await expect.poll(() => live?.ended, { interval: 1 }).toBe('revoked');
});

test('a session ends when it was not used for 14 days, also on an open socket', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  world.clock.advance(10 * day);
  live?.touch();
  world.clock.advance(13 * day);
  await poll(world, () => world.statements.length > 0);
  expect(live?.ended).toBeNull();
  world.clock.advance(day);
  await ticking(world, () => live?.ended === 'expired');
  expect(await world.sessions.open(world.session.id)).toBeNull();
});

test('a session that is idle here but used on another node goes on', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  world.clock.advance(14 * day - minute);
  await world.db.prisma.session.updateMany({ data: { lastUsedAt: new Date(world.clock.now()) } });
  world.statements.length = 0;
  world.clock.advance(minute);
  const lookUps = () => world.statements.filter((sql) => sql.includes('last_used_at')).length;
  await ticking(world, () => lookUps() > 0);
  await ticking(world, () => world.statements.length > lookUps()); // and was found to be there
  expect(live?.ended).toBeNull();
});

test('a session ends after 90 days however much it is used', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  for (let passed = 0; passed < 89; passed += 1) {
    world.clock.advance(day);
    live?.touch();
  }
  (await world.sessions.open(world.session.id))?.release();
  expect(live?.ended).toBeNull();
  world.clock.advance(day);
  expect(await world.sessions.open(world.session.id)).toBeNull();
  expect(live?.ended).toBe('expired');
});

test('the time of last use is written at most once a minute', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  const updates = () => world.statements.filter((sql) => sql.startsWith('UPDATE')).length;
  for (let seconds = 0; seconds < 59; seconds += 1) {
    world.clock.advance(1000);
    live?.touch();
  }
  expect(updates()).toBe(0);
  world.clock.advance(1000);
  live?.touch();
  live?.touch();
  await expect.poll(updates, { interval: 1 }).toBe(1);
  const [row] = await world.db.prisma.session.findMany();
  expect(row?.lastUsedAt).toEqual(new Date(world.clock.now()));
});

test('the list names sessions by public ids, which revoke them and open nothing', async () => {
  await using world = await worldWithSession();
  world.clock.advance(minute);
  const other = await world.accounts.logIn({
    email,
    password,
    agent: { address: '::1', userAgent: 'phone' },
  });
  const stranger = await world.accounts.signUp({ email: 'eve@example.com', password, agent });
  const list = await world.sessions.list(world.user.id, { current: world.session.id });
  expect(list.map(({ userAgent, address, current }) => ({ userAgent, address, current }))).toEqual([
    { userAgent: 'phone', address: '::1', current: false },
    { userAgent: 'test', address: '192.0.2.7', current: true },
  ]);
  expect(JSON.stringify(list)).not.toContain(other.session.id);
  const publicId = list[0]?.id ?? '';
  expect(await world.sessions.open(publicId)).toBeNull();
  const live = await world.sessions.open(other.session.id);
  expect(live?.publicId).toBe(publicId);
  await expect(world.sessions.revoke(stranger.user.id, publicId)).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(live?.ended).toBeNull();
  await world.sessions.revoke(world.user.id, publicId);
  expect(live?.ended).toBe('revoked');
  await expect(world.sessions.revoke(world.user.id, publicId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(world.endedSessions).toEqual([{ userId: world.user.id, publicId, reason: 'revoked' }]);
});

test('all sessions but one are ended', async () => {
  await using world = await worldWithSession();
  const others = await Promise.all([1, 2].map(() => world.accounts.logIn({ email, password, agent })));
  await world.sessions.endAll(world.user.id, { except: world.session.id }, 'revoked');
  expect(await world.sessions.open(world.session.id)).not.toBeNull();
  for (const { session } of others) expect(await world.sessions.open(session.id)).toBeNull();
  expect(world.endedSessions).toHaveLength(2);
});

test('a sweep removes no more rows at once than it is told', async () => {
  await using world = await worldWithSession();
  await world.accounts.logIn({ email, password, agent });
  await world.accounts.logIn({ email, password, agent });
  world.clock.advance(1_000 * day);
  expect(await world.sessions.sweep(2)).toBe(2);
  expect(await world.sessions.sweep(2)).toBe(1);
});

test('a sweep removes the rows of expired sessions only', async () => {
  await using world = await worldWithSession();
  world.clock.advance(10 * day);
  await world.accounts.logIn({ email, password, agent });
  world.clock.advance(5 * day);
  expect(await world.sessions.sweep(10)).toBe(1);
  expect(await world.db.prisma.session.count()).toBe(1);
});

test('a listener that throws does not keep the others from being told', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  let told = false;
  live?.onEnd(() => {
    throw new Error('a broken socket');
  });
  live?.onEnd(() => {
    told = true;
  });
  await world.sessions.end(world.session.id, 'revoked');
  expect(told).toBe(true);
});

test('five thousand held sessions are looked at with one statement', { timeout: 120_000 }, async () => {
  await using world = await worldWithSession();
  const row = await world.db.prisma.session.findUniqueOrThrow({ where: { id: world.session.id } });
  const ids = Array.from({ length: 5000 }, (_, index) => `session ${index}`);
  await world.db.prisma.session.createMany({ data: ids.map((id) => ({ ...row, id })) });
  const held = await Promise.all(ids.map((id) => world.sessions.open(id)));
  expect(held.every((live) => live !== null)).toBe(true);
  await world.db.prisma.session.delete({ where: { id: 'session 4999' } });
  world.statements.length = 0;
  await poll(world, () => held[4999]?.ended === 'revoked');
  expect(world.statements.filter((sql) => sql.includes('json_each'))).toHaveLength(1);
  expect(held.filter((live) => live?.ended !== null)).toHaveLength(1);
});

test('a login ends the session that its browser had, and the feed says so, in one transaction', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  const logIn = (word: string) =>
    world.accounts.logIn({ email, password: word, agent, replaces: world.session.id });
  await expect(logIn('a wrong password')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  expect(live?.ended).toBeNull();
  await logIn(password);
  expect(live?.ended).toBe('logged_out');
  expect(await world.db.prisma.session.count()).toBe(1);
  const feed = await world.db.transactions.readFeed(world.user.id, 0, 10);
  expect(feed?.entries).toMatchObject([
    { change: { type: 'session.ended', sessionId: publicSessionId(world.session.id) } },
  ]);
});

test('logging out and revoking are in the audit log', async () => {
  await using world = await worldWithSession();
  const others = [1, 2, 3].map(() => world.accounts.logIn({ email, password, agent }));
  const [first, second, third] = await Promise.all(others);
  await world.sessions.end(first?.session.id ?? '', 'logged_out');
  await world.sessions.revoke(world.user.id, publicSessionId(second?.session.id ?? ''));
  await world.sessions.endAll(world.user.id, { except: third?.session.id }, 'revoked');
  await world.audit.flush();
  const entries = await world.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  expect(entries.slice(-3)).toMatchObject([
    { action: 'session.loggedOut', actorId: world.user.id, details: '{}' },
    { action: 'session.revoked', actorId: world.user.id, details: '{}' },
    { action: 'session.revoked', actorId: world.user.id, details: '{"sessions":1}' },
  ]);
});

test('of more than a hundred sessions the one that was used longest ago ends, and the feed says so', async () => {
  await using world = await worldWithSession();
  const live = await world.sessions.open(world.session.id);
  for (let round = 0; round < 99; round += 1) {
    world.clock.advance(1000);
    await world.accounts.logIn({ email, password, agent });
  }
  expect(live?.ended).toBeNull();
  world.clock.advance(1000);
  const newest = await world.accounts.logIn({ email, password, agent });
  expect(live?.ended).toBe('revoked');
  expect(await world.db.prisma.session.count()).toBe(100);
  expect(await world.sessions.open(newest.session.id)).not.toBeNull();
  const feed = await world.db.transactions.readFeed(world.user.id, 0, 10);
  expect(feed?.entries).toMatchObject([
    { change: { type: 'session.ended', sessionId: publicSessionId(world.session.id) } },
  ]);
});

test('the wall clock that is set back makes no look-up older, and the time of last use goes on being written', async () => {
  await using world = await worldWithSession();
  (await world.sessions.open(world.session.id))?.release();
  world.clock.step(-60_000);
  world.clock.advance(2_000);
  await world.settle();
  world.statements.length = 0;
  // What was looked up two seconds ago is not believed any more.
  const held = await world.sessions.open(world.session.id);
  expect(world.statements.some((sql) => sql.startsWith('SELECT'))).toBe(true);
  world.statements.length = 0;
  world.clock.advance(61_000);
  held?.touch();
  await expect
    .poll(() => world.statements.some((sql) => sql.startsWith('UPDATE')), { interval: 1 })
    .toBe(true);
  held?.release();
});
