import { expect, test } from 'vitest';
import { agent, createAccountsWorld, password } from '../../test/accounts-world.ts';

const email = 'ada@example.com';

test('a deletion that the database refuses has changed nothing', async () => {
  let full = false;
  await using world = await createAccountsWorld({
    onStatement(sql) {
      if (full && sql.includes("'deleted'")) throw new Error('disk full');
    },
  });
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  full = true;
  await expect(world.accounts.deleteAccount(user.id, { password })).rejects.toThrow('disk full');
  full = false;
  expect((await world.sessions.open(session.id))?.ended).toBeNull();
  await expect(world.accounts.logIn({ email, password, agent })).resolves.toMatchObject({ user: { email } });
  await world.accounts.deleteAccount(user.id, { password });
});

test('rows that stay behind are told to nobody: the account is gone and its address free', async () => {
  let broken = false;
  await using world = await createAccountsWorld({
    onStatement(sql) {
      if (broken && sql.startsWith('DELETE FROM users')) throw new Error('disk full');
    },
  });
  const { user, session } = await world.accounts.signUp({ email, password, agent });
  const { secret } = await world.tokens.create(user.id, { name: 'script' });
  const live = await world.sessions.open(session.id);
  broken = true;
  await world.accounts.deleteAccount(user.id, { password });
  broken = false;
  expect(live?.ended).toBe('account_deleted');
  expect(await world.sessions.open(session.id)).toBeNull();
  expect(await world.tokens.open(secret)).toBeNull();
  await expect(world.accounts.logIn({ email, password, agent })).rejects.toMatchObject({
    code: 'INVALID_CREDENTIALS',
  });
  await expect(world.accounts.profile(user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const again = await world.accounts.signUp({ email, password, agent });
  expect(again.user.id).not.toBe(user.id);
  const never = new Date(0);
  await world.db.transactions.sweep({
    chatsDeletedBefore: never,
    clientKeysBefore: never,
    feedBefore: never,
    limit: 10,
  });
  expect(await world.db.prisma.user.findMany({ select: { id: true } })).toEqual([{ id: again.user.id }]);
});

test('a large account is deleted for its owner at once, and its last rows go afterwards', async () => {
  await using world = await createAccountsWorld();
  const { user } = await world.accounts.signUp({ email, password, agent });
  const createdAt = new Date(0);
  const chats = Array.from({ length: 4_000 }, () => ({
    userId: user.id,
    title: '',
    createdAt,
    lastMessageAt: createdAt,
  }));
  await world.db.prisma.chat.createMany({ data: chats });
  await world.accounts.deleteAccount(user.id, { password });
  await expect(world.accounts.profile(user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await world.db.prisma.chat.count()).toBeGreaterThan(0);
  world.clock.advance(100);
  await expect.poll(() => world.db.prisma.user.count()).toBe(0);
});
