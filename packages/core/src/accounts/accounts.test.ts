import { pbkdf2Sync } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { agent, createAccountsWorld, password } from '../../test/accounts-world.ts';
import { createLimits, type Limits, noLimits } from '../limits/limits.ts';
import { createMemoryLimitStore } from '../limits/store.ts';
import type { HashJob } from '../passwords/hash-job.ts';

const email = 'ada@example.com';
const next = 'a quite different one';
const invalid = (field: string, reason: string) => ({ code: 'INVALID_INPUT', details: { field, reason } });

test('an account is made, logged in, and told by mail to confirm its address', async () => {
  await using world = await createAccountsWorld();
  const { user, session } = await world.accounts.signUp({
    email: '  Ada@Example.COM ',
    password,
    displayName: ' Ada ',
    agent,
  });
  expect(user).toEqual({
    id: user.id,
    email,
    displayName: 'Ada',
    emailVerified: false,
    role: 'user',
    createdAt: new Date(world.clock.now()),
  });
  const live = await world.sessions.open(session.id);
  expect(live?.user).toEqual(user);
  await world.settle();
  await world.accounts.verifyEmail(world.tokenFor(email));
  expect(live?.user.emailVerified).toBe(true);
  await expect(world.accounts.verifyEmail(world.tokenFor(email))).rejects.toMatchObject({
    code: 'INVALID_TOKEN',
  });
  expect(JSON.stringify(user)).not.toContain('pbkdf2');
});

test('one address signed up 50 times at once makes one account, and the others learn that it is taken', async () => {
  await using world = await createAccountsWorld();
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      world.accounts.signUp({ email: index % 2 === 0 ? email : 'ADA@example.com', password, agent }),
    ),
  );
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(reasons).toHaveLength(49);
  for (const reason of reasons) expect(reason).toMatchObject({ code: 'EMAIL_TAKEN' });
  expect(await world.db.prisma.user.count()).toBe(1);
  expect(await world.db.prisma.session.count()).toBe(1);
});

test('an address that another process takes at the last moment is taken', async () => {
  let other: (() => void) | undefined;
  await using world = await createAccountsWorld({
    onStatement: (sql) => {
      if (/INSERT INTO .*users/.test(sql)) other?.();
    },
  });
  other = () => {
    throw Object.assign(new Error('UNIQUE constraint failed: users.email'), {
      code: 'SQLITE_CONSTRAINT_UNIQUE',
    });
  };
  const taken = world.accounts.signUp({ email, password, agent });
  await expect(taken).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
});

test('sign-up names the field that is wrong', async () => {
  await using world = await createAccountsWorld();
  const signUp = (input: object) => world.accounts.signUp({ email, password, agent, ...input });
  await expect(signUp({ email: 'nobody' })).rejects.toMatchObject(invalid('email', 'format'));
  await expect(signUp({ password: 'short' })).rejects.toMatchObject(invalid('password', 'short'));
  await expect(signUp({ password: 'x'.repeat(1025) })).rejects.toMatchObject(invalid('password', 'long'));
  await expect(signUp({ displayName: 'x'.repeat(101) })).rejects.toMatchObject(
    invalid('displayName', 'long'),
  );
  await expect(signUp({ password: 'password123' })).rejects.toMatchObject({ code: 'PASSWORD_TOO_COMMON' });
  expect(await world.db.prisma.user.count()).toBe(0);
  await expect(signUp({ password: 'password123', legacyPolicy: true })).resolves.toBeDefined();
});

test('each login has a session of its own; a wrong password and an unknown address get one answer', async () => {
  await using world = await createAccountsWorld();
  const first = await world.accounts.signUp({ email, password, agent });
  const second = await world.accounts.logIn({ email: ' ADA@example.com', password, agent });
  expect(second.session.id).not.toBe(first.session.id);
  expect(second.user).toEqual(first.user);
  const failures = [
    { email, password: `${password} ` },
    { email: 'unknown@example.com', password },
    { email: 'not an address', password },
    { email: '\ud800@example.com', password },
    { email: 'x'.repeat(100_000), password },
    { email: `${email}\0`, password },
  ];
  for (const failure of failures) {
    const refused = world.accounts.logIn({ ...failure, agent });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS', details: {} });
  }
});

test('logging out ends the session at once', async () => {
  await using world = await createAccountsWorld();
  const { session, user } = await world.accounts.signUp({ email, password, agent });
  const live = await world.sessions.open(session.id);
  const ending = world.sessions.end(session.id, 'logged_out');
  expect(live?.ended).toBe('logged_out');
  await ending;
  expect(await world.sessions.open(session.id)).toBeNull();
  expect(world.endedSessions).toMatchObject([{ userId: user.id, reason: 'logged_out' }]);
});

test('a hash of the Python service works and is raised at login', async () => {
  await using world = await createAccountsWorld();
  const key = pbkdf2Sync(password, 'oldsalt', 5, 32, 'sha256').toString('hex');
  const row = await world.db.prisma.user.create({
    data: { email, passwordHash: `pbkdf2:sha256:5$oldsalt$${key}`, createdAt: new Date() },
  });
  // Two at once: the one that finds the hash changed meanwhile must not fail.
  await Promise.all([1, 2].map(() => world.accounts.logIn({ email, password, agent })));
  const raised = await world.db.prisma.user.findUniqueOrThrow({ where: { id: row.id } });
  expect(raised.passwordHash).toMatch(/^pbkdf2:sha256:20\$/);
  await world.accounts.logIn({ email, password, agent });
  expect(await world.db.prisma.session.count()).toBe(3);
});

test('changing the password ends the other sessions, tells by mail and voids reset links', async () => {
  await using world = await createAccountsWorld();
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  const other = await world.accounts.logIn({ email, password, agent });
  const [live, lost] = await Promise.all([
    world.sessions.open(session.id),
    world.sessions.open(other.session.id),
  ]);
  await world.accounts.forgotPassword({ email, agent });
  await world.settle();
  const input = { current: password, next, sessionId: session.id };
  const change = (changes: object) => world.accounts.changePassword(user.id, { ...input, ...changes });
  await expect(change({ current: 'wrong one' })).rejects.toMatchObject(invalid('current', 'wrong'));
  await expect(change({ next: 'short' })).rejects.toMatchObject(invalid('next', 'short'));
  await expect(change({ next: 'password123' })).rejects.toMatchObject({ code: 'PASSWORD_TOO_COMMON' });
  expect(lost?.ended).toBeNull();
  await change({});
  expect(live?.ended).toBeNull();
  expect(lost?.ended).toBe('password_changed');
  await expect(world.accounts.logIn({ email, password, agent })).rejects.toMatchObject({
    code: 'INVALID_CREDENTIALS',
  });
  await world.accounts.logIn({ email, password: next, agent });
  await expect(world.accounts.checkResetToken(world.tokenFor(email))).rejects.toMatchObject({
    code: 'INVALID_TOKEN',
  });
  await world.settle();
  expect(world.letters.at(-1)?.subject).toBe('Your Amanda password was changed');
});

test('a login whose password changes meanwhile gets no session', async () => {
  await using world = await createAccountsWorld();
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  const verify = world.passwords.verify.bind(world.passwords);
  let changeOnce = true;
  Object.assign(world.passwords, {
    verify: async (typed: string, stored: string | null) => {
      const verdict = await verify(typed, stored);
      if (changeOnce && verdict.matches) {
        changeOnce = false;
        await world.accounts.changePassword(user.id, { current: password, next, sessionId: session.id });
      }
      return verdict;
    },
  });
  const late = world.accounts.logIn({ email, password, agent });
  await expect(late).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  expect(await world.db.prisma.session.count()).toBe(1);
});

test('a reset link works once, ends every session and token, and confirms the address', async () => {
  await using world = await createAccountsWorld();
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  const live = await world.sessions.open(session.id);
  const { secret } = await world.tokens.create(user.id, { name: 'script' });
  await world.accounts.forgotPassword({ email: ' ADA@example.com', agent });
  await world.settle();
  const token = world.tokenFor(email);
  await world.accounts.checkResetToken(token);
  await expect(world.accounts.resetPassword({ token, password: 'short' })).rejects.toMatchObject(
    invalid('password', 'short'),
  );
  const results = await Promise.allSettled(
    [1, 2, 3].map(() => world.accounts.resetPassword({ token, password: next })),
  );
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(live?.ended).toBe('password_changed');
  expect(await world.tokens.open(secret)).toBeNull();
  expect((await world.accounts.profile(user.id)).emailVerified).toBe(true);
  await world.accounts.logIn({ email, password: next, agent });
});

test('links expire, and only the hash of a token is stored', async () => {
  await using world = await createAccountsWorld();
  await world.accounts.signUp({ email, password, agent });
  await world.accounts.forgotPassword({ email, agent });
  await world.settle();
  const token = world.tokenFor(email);
  expect(JSON.stringify(await world.db.prisma.mailToken.findMany())).not.toContain(token);
  world.clock.advance(60 * 60 * 1000);
  await expect(world.accounts.resetPassword({ token, password: next })).rejects.toMatchObject({
    code: 'INVALID_TOKEN',
  });
  expect(await world.accounts.sweep(10)).toBe(1);
});

test('a link for one purpose does not serve the other', async () => {
  await using world = await createAccountsWorld();
  await world.accounts.signUp({ email, password, agent });
  await world.settle();
  const token = world.tokenFor(email);
  await expect(world.accounts.resetPassword({ token, password: next })).rejects.toMatchObject({
    code: 'INVALID_TOKEN',
  });
  await world.accounts.verifyEmail(token);
});

test('forgotten and resent mails answer before the address is looked up, and go to real accounts only', async () => {
  const statements: string[] = [];
  await using world = await createAccountsWorld({ onStatement: (sql) => statements.push(sql) });
  await world.accounts.signUp({ email, password, agent });
  await world.settle();
  await world.accounts.verifyEmail(world.tokenFor(email));
  await world.settle();
  const before = world.letters.length;
  statements.length = 0;
  for (const address of [email, 'unknown@example.com', 'no address', '\ud800']) {
    expect(await world.accounts.forgotPassword({ email: address, agent })).toBeUndefined();
    expect(await world.accounts.resendVerification({ email: address, agent })).toBeUndefined();
  }
  expect(statements).toEqual([]);
  await world.settle();
  expect(world.letters.slice(before).map(({ to, subject }) => ({ to, subject }))).toEqual([
    { to: email, subject: 'Choose a new password for Amanda' },
  ]);
});

test('deleting an account ends its runs first and leaves nothing of it', async () => {
  await using world = await createAccountsWorld();
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  await world.tokens.create(user.id, { name: 'script' });
  await world.settle();
  const live = await world.sessions.open(session.id);
  await expect(world.accounts.deleteAccount(user.id, { password: 'wrong one' })).rejects.toMatchObject(
    invalid('password', 'wrong'),
  );
  await world.accounts.deleteAccount(user.id, { password });
  expect(live?.ended).toBe('account_deleted');
  expect(world.endedRunsOf).toEqual([user.id]);
  const { prisma } = world.db;
  const counts = [
    prisma.user.count(),
    prisma.session.count(),
    prisma.apiToken.count(),
    prisma.mailToken.count(),
  ];
  expect(await Promise.all(counts)).toEqual([0, 0, 0, 0]);
  await expect(world.accounts.profile(user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await world.accounts.signUp({ email, password, agent }); // the address is free again
});

test('a disabled account keeps its tokens but nothing can be opened; enabling brings it back', async () => {
  await using world = await createAccountsWorld();
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  const { secret } = await world.tokens.create(user.id, { name: 'script' });
  const live = await world.sessions.open(session.id);
  const byToken = await world.tokens.open(secret);
  await world.accounts.setDisabled(user.id, true);
  expect([live?.ended, byToken?.ended]).toEqual(['account_disabled', 'account_disabled']);
  expect(await world.tokens.open(secret)).toBeNull();
  expect(world.endedRunsOf).toEqual([user.id]);
  await expect(world.accounts.logIn({ email, password, agent })).rejects.toMatchObject({
    code: 'ACCOUNT_DISABLED',
  });
  await expect(world.accounts.logIn({ email, password: 'wrong one', agent })).rejects.toMatchObject({
    code: 'INVALID_CREDENTIALS',
  });
  await world.accounts.setDisabled(user.id, false);
  await world.accounts.logIn({ email, password, agent });
  expect(await world.tokens.open(secret)).not.toBeNull();
});

test.each(['password', 'sign out'] as const)(
  'a %s ends bearer tokens unless they are to be kept',
  async (way) => {
    await using world = await createAccountsWorld();
    const { user, session } = await world.accounts.signUp({ email, password, agent });
    const { secret } = await world.tokens.create(user.id, { name: 'script' });
    const live = await world.tokens.open(secret);
    const act = (keepTokens: boolean) =>
      way === 'sign out'
        ? world.accounts.signOutElsewhere(user.id, { sessionId: session.id, keepTokens })
        : world.accounts.changePassword(user.id, {
            current: keepTokens ? password : next,
            next: keepTokens ? next : password,
            sessionId: session.id,
            keepTokens,
          });
    await act(true);
    expect(live?.ended).toBeNull();
    await act(false);
    expect(live?.ended).toBe(way === 'password' ? 'password_changed' : 'revoked');
    expect(await world.tokens.open(secret)).toBeNull();
    expect(await world.tokens.list(user.id)).toEqual([]);
    expect(await world.sessions.open(session.id)).not.toBeNull();
  },
);

test('every login costs the same work: of many rounds, of few, of a hash that is none, and of nobody', async () => {
  const stored = (rounds: number, salt = 'salt') =>
    `pbkdf2:sha256:${rounds}$${salt}$${pbkdf2Sync(password, salt, rounds, 32, 'sha256').toString('hex')}`;
  await using world = await createAccountsWorld({
    storedForms: ['pbkdf2:sha256:50$s', stored(30), 'pbkdf2:sha256:9000000$'],
  });
  const hashes = { many: stored(50), few: stored(5), own: stored(20), scrypt: 'scrypt:32768:8:1$abc$00' };
  for (const [name, passwordHash] of Object.entries(hashes)) {
    await world.db.prisma.user.create({
      data: { email: `${name}@example.com`, passwordHash, createdAt: new Date() },
    });
  }
  const rounds: number[] = [];
  const posts = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (
    this: Worker,
    job: HashJob,
  ) {
    rounds.push(job.rounds + job.idleRounds);
    this.emit('message', Buffer.alloc(32));
  });
  try {
    for (const name of [...Object.keys(hashes), 'nobody']) {
      const refused = world.accounts.logIn({ email: `${name}@example.com`, password: 'wrong one', agent });
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    }
  } finally {
    posts.mockRestore();
  }
  expect(rounds).toEqual([50, 50, 50, 50, 50]);
  await world.accounts.logIn({ email: 'many@example.com', password, agent });
  const { passwordHash } = await world.db.prisma.user.findUniqueOrThrow({
    where: { email: 'many@example.com' },
  });
  expect(passwordHash).toMatch(/^pbkdf2:sha256:20\$/); // too many are brought down, too
});

test('a storm of logins is turned away before anything is counted or looked up', async () => {
  let counted = 0;
  const limits: Limits = {
    ...noLimits,
    async take() {
      counted += 1;
    },
  };
  await using world = await createAccountsWorld({ limits });
  await world.accounts.signUp({ email, password, agent });
  counted = 0;
  const logins = Array.from({ length: 500 }, () =>
    world.accounts.logIn({ email, password: 'wrong one', agent }),
  );
  const noRoom = expect.objectContaining({ code: 'HASH_QUEUE_FULL' });
  expect(() => world.accounts.assertRoomToLogIn()).toThrow(noRoom);
  const results = await Promise.allSettled(logins);
  const codes = results.map((result) =>
    result.status === 'rejected' ? Reflect.get(result.reason, 'code') : '',
  );
  expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(17); // one thread, and sixteen that wait
  expect(codes.filter((code) => code === 'HASH_QUEUE_FULL')).toHaveLength(483);
  expect(counted).toBe(17); // all are known by their address
  world.accounts.assertRoomToLogIn(); // the places are free again
  await world.accounts.logIn({ email, password, agent });
});

test('a profile is changed for those who are connected, too', async () => {
  await using world = await createAccountsWorld();
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  const live = await world.sessions.open(session.id);
  expect((await world.accounts.updateProfile(user.id, { displayName: ' Ada 👩‍💻 ' })).displayName).toBe(
    'Ada 👩‍💻',
  );
  expect(live?.user.displayName).toBe('Ada 👩‍💻');
  expect((await world.accounts.updateProfile(user.id, { displayName: '  ' })).displayName).toBeNull();
  for (const displayName of ['two\nlines', 'nul\0', 'lone \ud800', '\u202eturned']) {
    await expect(world.accounts.updateProfile(user.id, { displayName })).rejects.toMatchObject(
      invalid('displayName', 'format'),
    );
  }
});

test('an admin is made of an account, whose sessions end, or as a new account with a link', async () => {
  await using world = await createAccountsWorld();
  const { session } = await world.accounts.signUp({ email, password, agent });
  const live = await world.sessions.open(session.id);
  const made = await world.accounts.createAdmin(email);
  expect(made).toMatchObject({ user: { role: 'admin' }, passwordUrl: null });
  expect(live?.ended).toBe('revoked');
  const fresh = await world.accounts.createAdmin('Root@example.com');
  expect(fresh.user).toMatchObject({ email: 'root@example.com', role: 'admin' });
  const token = /^https:\/\/amanda\.example\/app\/reset-password#token=([\w-]+)$/.exec(
    fresh.passwordUrl ?? '',
  )?.[1];
  await world.accounts.resetPassword({ token: token ?? '', password: next });
  await world.accounts.logIn({ email: 'root@example.com', password: next, agent });
});

test('where the configuration asks for it, only a confirmed address may chat', async () => {
  await using world = await createAccountsWorld({ requireVerifiedEmail: true });
  const { user } = await world.accounts.signUp({ email, password, agent });
  await expect(world.accounts.assertMayChat(user.id)).rejects.toMatchObject({ code: 'EMAIL_NOT_VERIFIED' });
  await world.settle();
  await world.accounts.verifyEmail(world.tokenFor(email));
  await world.accounts.assertMayChat(user.id);
});

const limitedWorld = (options: { onStatement?: (sql: string) => void } = {}) =>
  createAccountsWorld({ ...options, limits: createLimits({ store: createMemoryLimitStore() }) });
const limited = { code: 'RATE_LIMITED' };
const at = (address: string, device?: string) => ({ address, userAgent: 'test', device });
const wrong = { code: 'INVALID_CREDENTIALS' };

test('a stranger who guesses locks out himself, not the owner, who is let in and mailed to elsewhere', async () => {
  await using world = await limitedWorld();
  await world.accounts.signUp({ email, password, agent });
  const guess = () =>
    world.accounts.logIn({ email: 'ADA@example.com ', password: 'wrong one', agent: at('192.0.2.66') });
  for (let round = 0; round < 20; round += 1) await expect(guess()).rejects.toMatchObject(wrong);
  await expect(guess()).rejects.toMatchObject({
    ...limited,
    details: { retryAfterSeconds: expect.any(Number) },
  });
  const ask = (address: string) => world.accounts.forgotPassword({ email, agent: at(address) });
  await ask('192.0.2.66');
  for (let round = 0; round < 6; round += 1) await expect(ask('192.0.2.66')).rejects.toMatchObject(limited);
  await world.accounts.logIn({ email, password, agent: at('198.51.100.1') });
  await ask('198.51.100.1');
  await world.settle();
  expect(world.letters.filter(({ subject }) => subject === 'Choose a new password for Amanda')).toHaveLength(
    2,
  );
});

test('guessers at many addresses are slowed, and a device or an address that was logged in before is not', async () => {
  await using world = await limitedWorld();
  const { device } = await world.accounts.signUp({ email, password, agent });
  for (let round = 0; round < 50; round += 1) {
    const guess = world.accounts.logIn({ email, password: 'wrong one', agent: at(`203.0.113.${round}`) });
    await expect(guess).rejects.toMatchObject(wrong);
  }
  const logIn = (address: string, mark?: string) =>
    world.accounts.logIn({ email, password, agent: at(address, mark) });
  await expect(logIn('203.0.113.200')).rejects.toMatchObject(limited);
  await expect(logIn('203.0.113.200', `${device.slice(0, -1)}-`)).rejects.toMatchObject(limited);
  const again = await logIn('198.51.100.1', device);
  expect(again.device).toBe(device);
  await logIn(agent.address); // a program without cookies
  for (let round = 0; round < 5; round += 1) {
    await world.accounts.forgotPassword({ email, agent: at(`203.0.113.${round}`) });
  }
  await expect(world.accounts.forgotPassword({ email, agent: at('203.0.113.9') })).rejects.toMatchObject(
    limited,
  );
  await world.accounts.forgotPassword({ email, agent: at('203.0.113.9', device) });
});

test('a known device may guess no more often than a stranger, and a success is forgiven', async () => {
  await using world = await limitedWorld();
  const { device } = await world.accounts.signUp({ email, password, agent });
  const logIn = (word: string) =>
    world.accounts.logIn({ email, password: word, agent: at('198.51.100.1', device) });
  for (let round = 0; round < 30; round += 1) await logIn(password);
  for (let round = 0; round < 20; round += 1) await expect(logIn('wrong one')).rejects.toMatchObject(wrong);
  await expect(logIn(password)).rejects.toMatchObject(limited);
});

test('an address without an account is limited like one with, so that limits tell nothing', async () => {
  await using world = await limitedWorld();
  for (let round = 0; round < 20; round += 1) {
    const guess = world.accounts.logIn({ email: 'nobody@example.com', password, agent });
    await expect(guess).rejects.toMatchObject(wrong);
  }
  await expect(world.accounts.logIn({ email: 'nobody@example.com', password, agent })).rejects.toMatchObject(
    limited,
  );
  await world.accounts.forgotPassword({ email: 'nobody@example.com', agent });
  const again = world.accounts.forgotPassword({ email: 'nobody@example.com', agent });
  await expect(again).rejects.toMatchObject(limited);
});

test('guessing the password at an open session is limited', async () => {
  await using world = await limitedWorld();
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  const change = () =>
    world.accounts.changePassword(user.id, { current: 'wrong one', next, sessionId: session.id });
  for (let round = 0; round < 20; round += 1)
    await expect(change()).rejects.toMatchObject(invalid('current', 'wrong'));
  await expect(change()).rejects.toMatchObject(limited);
});

test('what accounts do is in the audit log, without secrets', async () => {
  await using world = await createAccountsWorld();
  const { user } = await world.accounts.signUp({ email, password, agent });
  await world.accounts.logIn({ email, password, agent });
  await world.accounts.logIn({ email, password: 'wrong one', agent }).catch(() => {});
  await world.settle();
  const entries = await world.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  expect(
    entries.map(({ action, actorId, subjectId, address }) => ({ action, actorId, subjectId, address })),
  ).toEqual([
    { action: 'account.created', actorId: user.id, subjectId: user.id, address: agent.address },
    { action: 'session.loggedIn', actorId: user.id, subjectId: user.id, address: agent.address },
    { action: 'session.logInFailed', actorId: null, subjectId: user.id, address: agent.address },
  ]);
  expect(JSON.stringify(entries)).not.toContain(password);
});

test.each(['reset', 'change'] as const)(
  'a %s that breaks off at the sessions leaves the old password and the old sessions',
  async (way) => {
    let breaks = false;
    await using world = await createAccountsWorld({
      onStatement: (sql) => {
        if (breaks && sql.startsWith('DELETE FROM sessions')) throw new Error('broken off');
      },
    });
    const { user, session } = await world.accounts.signUp({ email, password, agent });
    const other = await world.accounts.logIn({ email, password, agent });
    await world.accounts.forgotPassword({ email, agent });
    await world.settle();
    const token = world.tokenFor(email);
    const act = () =>
      way === 'reset'
        ? world.accounts.resetPassword({ token, password: next })
        : world.accounts.changePassword(user.id, { current: password, next, sessionId: session.id });
    breaks = true;
    await expect(act()).rejects.toThrow('broken off');
    breaks = false;
    expect(await world.sessions.open(other.session.id)).not.toBeNull();
    await world.accounts.checkResetToken(token);
    await world.accounts.logIn({ email, password, agent });
    await act();
    expect(await world.sessions.open(other.session.id)).toBeNull();
    const feed = await world.db.transactions.readFeed(user.id, 0, 10);
    expect(feed?.entries.map(({ change }) => change.type)).toEqual(
      Array.from({ length: way === 'reset' ? 3 : 2 }, () => 'session.ended'),
    );
  },
);
