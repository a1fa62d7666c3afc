import { expect, test } from 'vitest';
import { buryUser, removeChatSlice, removeUserSlice } from '../src/transactions/removal.ts';
import { sweep } from '../src/transactions/sweep.ts';
import { counted } from './counted.ts';

const never = new Date(0);
const now = new Date('2026-11-25T00:00:00Z');
const limits = { chatsDeletedBefore: now, clientKeysBefore: never, feedBefore: never, limit: 1000 };

const left = (world: Awaited<ReturnType<typeof counted>>) =>
  ['users', 'chats', 'messages', 'search_entries', 'search_pairs', 'feed_events', 'client_keys'].map(
    (table) => world.raw.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n,
  );

test('a large account goes in slices of bounded rows and texts, and at last whole', async () => {
  await using world = await counted();
  world.say(
    Array.from({ length: 300 }, () => 'small 小东西'),
    { found: true },
  );
  world.say(
    Array.from({ length: 5 }, () => 'large '.repeat(20_000)),
    { found: true },
  );
  const messages = () => left(world)[2] ?? 0;
  const steps: number[] = [];
  for (let gone = false; !gone; ) {
    const before = messages();
    gone = world.run(removeUserSlice(world.userId)).result;
    steps.push(before - messages());
  }
  expect(Math.max(...steps)).toBe(50);
  expect(steps.filter((rows) => rows === 1)).toHaveLength(5);
  expect(left(world)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test('an account of many empty chats goes in slices too', async () => {
  await using world = await counted();
  for (let chat = 0; chat < 120; chat += 1)
    await world.db.transactions.createChat(world.userId, undefined, now);
  const chats = () => left(world)[1] ?? 0;
  const before = chats();
  expect(world.run(removeUserSlice(world.userId)).result).toBe(false);
  expect(before - chats()).toBe(50);
  await world.db.transactions.deleteUser(world.userId);
  expect(left(world)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test('a deletion that a crash cut short is finished by the sweep, and its address is free at once', async () => {
  await using world = await counted();
  world.say(
    Array.from({ length: 120 }, () => 'secret'),
    { found: true },
  );
  world.run(buryUser(world.userId, now));
  expect(await world.db.prisma.user.findUnique({ where: { email: 'ada@example.org' } })).toBeNull();
  await world.db.prisma.user.create({
    data: { email: 'ada@example.org', passwordHash: 'y', createdAt: now },
  });
  world.run(removeUserSlice(world.userId));
  expect(left(world)[2]).toBe(70);
  while ((await world.db.transactions.sweep(limits)) > 0);
  expect(left(world)).toEqual([1, 0, 0, 0, 0, 0, 0]);
  expect((await world.db.prisma.user.findFirst())?.email).toBe('ada@example.org');
});

test('a deleted chat leaves slice by slice, with its place in the index', async () => {
  await using world = await counted();
  world.say(
    Array.from({ length: 130 }, () => 'words'),
    { found: true },
  );
  await world.db.transactions.deleteChat(world.userId, world.chatId, new Date(0));
  const counts: (number | undefined)[] = [];
  for (let rows = 1; rows > 0; ) {
    rows = world.run(sweep(limits)).result;
    counts.push(left(world)[2]);
  }
  expect(counts).toEqual([80, 30, 0, 0, 0]);
  expect(left(world).slice(1, 4)).toEqual([0, 0, 0]);
  expect(world.run(removeChatSlice(world.chatId)).result.isGone).toBe(true);
});
