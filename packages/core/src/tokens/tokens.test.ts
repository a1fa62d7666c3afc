import { expect, test } from 'vitest';
import { agent, createAccountsWorld, password } from '../../test/accounts-world.ts';

async function worldWithUser() {
  const world = await createAccountsWorld();
  const { user } = await world.accounts.signUp({ email: 'ada@example.com', password, agent });
  return Object.assign(world, { user });
}

test('a token opens its account; its secret is shown once and only its hash is stored', async () => {
  await using world = await worldWithUser();
  const { token, secret } = await world.tokens.create(world.user.id, { name: ' My script ' });
  expect(secret).toMatch(/^amanda_[\w-]{43}$/);
  expect(token).toMatchObject({
    name: 'My script',
    lastUsedAt: null,
    expiresAt: new Date(world.clock.now() + 90 * 24 * 3_600_000),
  });
  const live = await world.tokens.open(secret);
  expect(live).toMatchObject({ kind: 'token', id: `token:${token.id}`, userId: world.user.id, ended: null });
  expect(live?.user).toEqual(world.user);
  const stored = JSON.stringify([
    await world.db.prisma.apiToken.findMany(),
    await world.tokens.list(world.user.id),
  ]);
  expect(stored).not.toContain(secret.slice('amanda_'.length));
  await world.tokens.close(); // the time of last use is written
  expect((await world.tokens.list(world.user.id))[0]?.lastUsedAt).toEqual(new Date(world.clock.now()));
});

test('a token has no end only where that was asked for', async () => {
  await using world = await worldWithUser();
  const { token } = await world.tokens.create(world.user.id, { name: 'for ever', expiresAt: null });
  expect(token.expiresAt).toBeNull();
  expect(await world.tokens.list(world.user.id)).toMatchObject([{ expiresAt: null }]);
});

test('revoking ends what uses the token at once; strangers cannot', async () => {
  await using world = await worldWithUser();
  const { token, secret } = await world.tokens.create(world.user.id, { name: 'script' });
  const live = await world.tokens.open(secret);
  const stranger = await world.accounts.signUp({ email: 'eve@example.com', password, agent });
  const revoke = (userId: number, id: number) => world.tokens.revoke(userId, id);
  await expect(revoke(stranger.user.id, token.id)).rejects.toMatchObject({ code: 'FOREIGN_OBJECT' });
  for (const id of [token.id + 1, 0, -1, 2 ** 53 - 1]) {
    await expect(revoke(world.user.id, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(live?.ended).toBeNull();
  await revoke(world.user.id, token.id);
  expect(live?.ended).toBe('revoked');
  expect(await world.tokens.open(secret)).toBeNull();
  expect(await world.tokens.list(world.user.id)).toEqual([]);
});

test('an expired token opens nothing, ends on an open socket, and stays in the list', async () => {
  await using world = await worldWithUser();
  const expiresAt = new Date(world.clock.now() + 5000);
  const { secret } = await world.tokens.create(world.user.id, { name: 'short', expiresAt });
  const live = await world.tokens.open(secret);
  world.clock.advance(4999);
  expect(await world.tokens.open(secret)).not.toBeNull();
  const endedLater = () => {
    world.clock.advance(1000);
    return live?.ended;
  };
  await expect.poll(endedLater, { interval: 1 }).toBe('expired');
  expect(await world.tokens.open(secret)).toBeNull();
  expect(await world.tokens.list(world.user.id)).toMatchObject([{ name: 'short', expiresAt }]);
});

test('a token of an account that another process disables ends within a second', async () => {
  await using world = await worldWithUser();
  const { secret } = await world.tokens.create(world.user.id, { name: 'script' });
  const live = await world.tokens.open(secret);
  await world.db.prisma.user.updateMany({ data: { disabledAt: new Date() } });
  world.clock.advance(1000);
  await expect.poll(() => live?.ended, { interval: 1 }).toBe('revoked');
});

test('bad names, times that have passed and too many tokens are refused', async () => {
  await using world = await worldWithUser();
  const create = (name: string, expiresAt?: Date) => world.tokens.create(world.user.id, { name, expiresAt });
  const invalid = (field: string, reason: string) => ({ code: 'INVALID_INPUT', details: { field, reason } });
  await expect(create('  ')).rejects.toMatchObject(invalid('name', 'empty'));
  await expect(create('𝒳'.repeat(101))).rejects.toMatchObject(invalid('name', 'long'));
  await expect(create('a\nb')).rejects.toMatchObject(invalid('name', 'format'));
  await expect(create('now', new Date(world.clock.now()))).rejects.toMatchObject(
    invalid('expiresAt', 'past'),
  );
  await expect(create('never', new Date(Number.NaN))).rejects.toMatchObject(invalid('expiresAt', 'past'));
  await Promise.all(Array.from({ length: 100 }, () => create('𝒳'.repeat(100))));
  await expect(create('one more')).rejects.toMatchObject(invalid('name', 'many'));
});

test.each([
  '',
  'amanda_',
  'Bearer x',
  `amanda_${'x'.repeat(43)}`,
  `amanda_${'x'.repeat(1_000_000)}`,
  'nul\0',
])('nothing is opened by another text (%#)', async (secret) => {
  await using world = await worldWithUser();
  expect(await world.tokens.open(secret)).toBeNull();
});

test('of many tokens that are made at once no more than a hundred stay, and the audit log knows them', async () => {
  await using world = await worldWithUser();
  const made = await Promise.allSettled(
    Array.from({ length: 120 }, (_, index) =>
      world.tokens.create(world.user.id, { name: `script ${index}` }),
    ),
  );
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
  const [newest] = await world.tokens.list(world.user.id);
  await world.tokens.revoke(world.user.id, newest?.id ?? 0);
  await world.audit.flush();
  const count = (action: string) =>
    world.db.prisma.auditEntry.count({ where: { action, actorId: world.user.id } });
  expect([await count('token.created'), await count('token.revoked')]).toEqual([100, 1]);
});
