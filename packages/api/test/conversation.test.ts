import * as contract from '@amanda/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { turn, world } from './world.ts';

/** The id and the event of what a caller is handed, which is what its type says. */
function untrack(value: unknown): [id: string, event: unknown] {
  const { id, data } = z.strictObject({ id: z.string().min(1), data: z.unknown() }).parse(value);
  return [id, data];
}

test('a conversation, and what another tab is told about it, fit the contract', async () => {
  await using it = await world();
  const { caller, session } = await it.person();
  const changes = (await caller.events.watch())[Symbol.asyncIterator]();
  const ready = await changes.next();
  expect(untrack(ready.value)).toEqual([expect.any(String), { v: 1, type: 'ready' }]);

  const { chatId, events, messageId, questionId } = await turn(caller, 'Hi there');
  const parsed = events.map(untrack).map(([id, event]) => ({ id, event: contract.streamEvent.parse(event) }));
  const text = parsed.reduce(
    (shown, { event }) => (event.type === 'delta' ? shown.slice(0, event.offset) + event.text : shown),
    '',
  );
  expect(text).toBe('Hello');
  expect(parsed.at(-1)?.event).toMatchObject({ v: 1, type: 'end', status: 'complete', message: { text } });
  expect(new Set(parsed.map(({ id }) => id)).size).toBe(parsed.length);

  const { items } = await caller.message.list({ chatId });
  expect(items.map((item) => [item.id, item.role, item.text])).toEqual([
    [questionId, 'user', 'Hi there'],
    [messageId, 'assistant', 'Hello'],
  ]);
  const first = await caller.message.list({ chatId, limit: 1, toward: 'newer' });
  expect(first.items.map((item) => item.id)).toEqual([questionId]);
  const last = await caller.message.list({ chatId, limit: 1 });
  expect(last.items.map((item) => item.id)).toEqual([messageId]);
  expect((await caller.chat.list()).items).toMatchObject([{ id: chatId, title: 'Hi there', unread: true }]);

  const ids = new Set<string>();
  const types: string[] = [];
  while (!types.includes('run.ended')) {
    const { value } = await changes.next();
    const [id, event] = untrack(value);
    ids.add(id);
    const change = contract.feedEvent.parse(event);
    types.push(change.type === 'change' ? change.change.type : change.type);
  }
  expect(types).toEqual(
    expect.arrayContaining(['chat.created', 'message.added', 'run.started', 'run.ended']),
  );
  expect(ids.size).toBe(types.length);

  const waiting = changes.next();
  await it.core.sessions.end(session.id, 'revoked');
  await expect(
    (async () => {
      await waiting;
      await changes.next();
      await changes.next();
    })(),
  ).rejects.toMatchObject({ cause: { code: 'SESSION_ENDED', details: { reason: 'revoked' } } });
});
