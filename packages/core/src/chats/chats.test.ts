import { says } from '@amanda/ai-client/scripted';
import { expect, test } from 'vitest';
import { conversation } from '../../test/conversation.ts';
import { createTopics } from '../bus/topics.ts';
import { systemClock } from '../clock/clock.ts';
import { createChats } from './create-chats.ts';

test('an account has so many chats and no more, until one is deleted; a repeated call still gets its own', async () => {
  await using c = await conversation(says('x'));
  const chats = createChats({
    transactions: c.db.transactions,
    clock: systemClock,
    onRunEnded: () => {},
    feeds: createTopics(),
    most: 3,
  });
  const clientId = crypto.randomUUID();
  const first = await chats.create(c.userId, { clientId });
  await chats.create(c.userId);
  const third = await chats.create(c.userId);
  await expect(chats.create(c.userId)).rejects.toMatchObject({ reason: 'TOO_MANY_CHATS' });
  expect((await chats.create(c.userId, { clientId })).id).toBe(first.id);
  await expect(chats.create(c.otherId)).resolves.toBeDefined();
  await chats.delete(c.userId, third.id);
  await expect(chats.create(c.userId)).resolves.toBeDefined();
});

test.each(['a', 'é', '7', 'a b c'])('a search for %j is too short', async (query) => {
  await using c = await conversation(says('x'));
  await expect(c.chats.search(c.userId, { query, limit: 20 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { field: 'query', reason: 'short' },
  });
});

test.each(['ab', '木', 'す', 'ก', '💥'])('a search for %j is long enough', async (query) => {
  await using c = await conversation(says('x'));
  await expect(c.chats.search(c.userId, { query, limit: 20 })).resolves.toEqual({
    items: [],
    nextCursor: null,
  });
});

test('titles are found before messages, each the newest first, page after page, to a bounded depth', async () => {
  await using c = await conversation(says('x'));
  const made = [];
  for (const title of ['garden one', 'house', 'garden two']) {
    const chat = await c.chats.create(c.userId);
    await c.chats.rename(c.userId, chat.id, title);
    made.push(chat.id);
  }
  const [one = 0, house = 0, two = 0] = made;
  const ask = async (chatId: number) => {
    const { questionId, messageId } = await c.runs.send(c.userId, { chatId, text: 'my gardening' });
    await c.runs.stop(c.userId, { messageId });
    return questionId;
  };
  const questions = [await ask(house), await ask(one)];
  const seen: (number | null)[][] = [];
  let cursor: number | undefined;
  do {
    const page = await c.chats.search(c.userId, { query: 'garden', cursor, limit: 1 });
    seen.push(...page.items.map(({ chat, messageId }) => [chat.id, messageId]));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual([
    [two, null],
    [one, null],
    [one, questions[1]],
    [house, questions[0]],
  ]);
  expect(await c.chats.search(c.userId, { query: 'garden', cursor: 1_000, limit: 1 })).toEqual({
    items: [],
    nextCursor: null,
  });
});
