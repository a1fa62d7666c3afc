import { says } from '@amanda/ai-client/scripted';
import { expect, it } from 'vitest';
import { conversation } from '../../test/conversation.ts';
import { pageBytes } from './messages.ts';

it('pages of messages and of versions end at 1 MiB of text, and go on behind that', async () => {
  expect(pageBytes).toBe(1_048_576);
  await using c = await conversation(says('Hello'));
  const { id: chatId } = await c.chats.create(c.userId);
  const row = { chatId, role: 'user', status: 'complete', timestamp: new Date() };
  const content = 'word '.repeat(60_000);
  await c.db.prisma.message.createMany({ data: Array.from({ length: 8 }, () => ({ ...row, content })) });
  const page = await c.messages.list(c.userId, chatId, { limit: 200, direction: 'forward' });
  expect(page.items).toHaveLength(3);
  const cursor = page.nextCursor ?? undefined;
  const next = await c.messages.list(c.userId, chatId, { cursor, limit: 200, direction: 'forward' });
  expect(next.items.map(({ id }) => id)).toEqual([4, 5, 6]);

  const ids = page.items.map(({ id }) => id).concat(next.items.map(({ id }) => id));
  const [first = 0, ...others] = ids;
  await c.db.prisma.message.updateMany({ where: { id: { in: others } }, data: { versionOf: first } });
  const versions = await c.messages.versions(c.userId, first, { limit: 200 });
  expect(versions.items.length).toBeLessThan(ids.length);
  expect(versions.nextCursor).not.toBeNull();
});
