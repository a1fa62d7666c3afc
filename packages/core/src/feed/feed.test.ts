import { says } from '@amanda/ai-client/scripted';
import type { FeedEvent, Placed } from '@amanda/contract';
import { describe, expect, it } from 'vitest';
import { conversation, never, readAll } from '../../test/conversation.ts';

const script = says('Yes.');

async function take(events: AsyncGenerator<Placed<FeedEvent>>, n: number): Promise<Placed<FeedEvent>[]> {
  const taken: Placed<FeedEvent>[] = [];
  while (taken.length < n) {
    const { value } = await events.next();
    if (value !== undefined) taken.push(value);
  }
  return taken;
}

const seqOf = (id: string): number => Number(id.split(':')[1]);
const types = (events: readonly Placed<FeedEvent>[]): string[] =>
  events.map((event) => (event.type === 'change' ? event.change.type : event.type));

describe('the change feed', () => {
  it('is ready first, then gives each change once, in the order of its commit', async () => {
    await using c = await conversation(script);
    const leave = new AbortController();
    const events = c.feed.watch(c.userId, {}, { signal: leave.signal });
    expect((await take(events, 1))[0]?.type).toBe('ready');
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }));
    await c.chats.rename(c.userId, chat.id, 'New name');
    await c.chats.markRead(c.userId, chat.id, messageId);
    await c.chats.delete(c.userId, chat.id);
    await c.chats.restore(c.userId, chat.id);
    const changes = await take(events, 10);
    expect(types(changes)).toEqual([
      'chat.created',
      'message.added',
      'chat.renamed',
      'chat.moved',
      'run.started',
      'run.ended',
      'chat.renamed',
      'chat.read',
      'chat.deleted',
      'chat.restored',
    ]);
    expect(changes.map(({ id }) => seqOf(id))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    leave.abort();
    expect((await events.next()).done).toBe(true);
  });

  it('goes on behind any earlier place, without a gap and without a repetition', async () => {
    await using c = await conversation(script);
    for (let i = 0; i < 230; i += 1) await c.chats.create(c.userId); // more than two pages
    const epoch = c.db.feedEpoch;
    for (const from of [0, 1, 99, 100, 101, 229]) {
      const events = c.feed.watch(c.userId, { from: `${epoch}:${from}` }, { signal: never });
      const rest = await take(events, 230 - from);
      expect(rest.map(({ id }) => seqOf(id))).toEqual(
        Array.from({ length: 230 - from }, (_, i) => from + i + 1),
      );
      expect(new Set(types(rest))).toEqual(new Set(['chat.created']));
    }
  });

  it('resets a place of another epoch, one that is too new and one that was swept away; refuses a malformed one', async () => {
    await using c = await conversation(script);
    for (let i = 0; i < 5; i += 1) await c.chats.create(c.userId);
    const first = async (from: string) =>
      (await take(c.feed.watch(c.userId, { from }, { signal: never }), 1))[0];
    const epoch = c.db.feedEpoch;
    for (const from of ['other:3', `${epoch}:6`])
      expect(await first(from)).toEqual({ id: `${epoch}:5.r`, type: 'reset' });
    for (const from of ['', epoch, `${epoch}:-1`, `${epoch}:x`, `${epoch}:1e2`]) {
      await expect(first(from)).rejects.toMatchObject({ code: 'INVALID_EVENT_ID' });
    }
    const old = new Date(Date.now() + 60_000);
    const nothing = new Date(0);
    await c.db.transactions.sweep({
      chatsDeletedBefore: nothing,
      clientKeysBefore: nothing,
      feedBefore: old,
      limit: 3,
    });
    expect(await first(`${epoch}:2`)).toMatchObject({ type: 'reset' });
    expect(await first(`${epoch}:3`)).toMatchObject({ id: `${epoch}:4`, type: 'change' });
  });

  it('resets a reader that stood still while what it had not seen was swept away', async () => {
    await using c = await conversation(script);
    const events = c.feed.watch(c.userId, {}, { signal: never });
    await take(events, 1);
    for (let i = 0; i < 5; i += 1) await c.chats.create(c.userId);
    const nothing = new Date(0);
    const feedBefore = new Date(Date.now() + 60_000);
    await c.db.transactions.sweep({
      chatsDeletedBefore: nothing,
      clientKeysBefore: nothing,
      feedBefore,
      limit: 1000,
    });
    expect(types(await take(events, 1))).toEqual(['reset']);
    await c.chats.create(c.userId);
    expect((await take(events, 1)).map(({ id }) => seqOf(id))).toEqual([6]);
  });

  it('tells nobody of the changes of another user', async () => {
    await using c = await conversation(script);
    const events = c.feed.watch(c.otherId, {}, { signal: never });
    await take(events, 1);
    await c.chats.create(c.userId);
    const own = await c.chats.create(c.otherId);
    expect(await take(events, 1)).toMatchObject([
      { type: 'change', change: { type: 'chat.created', chatId: own.id } },
    ]);
  });

  it('makes lists that are loaded after `ready` complete, however changes fall in between', async () => {
    await using c = await conversation(script);
    const created: number[] = [];
    const busy = (async () => {
      for (let i = 0; i < 60; i += 1) {
        created.push((await c.chats.create(c.userId)).id);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 8; round += 1) {
      const leave = new AbortController();
      const events = c.feed.watch(c.userId, {}, { signal: leave.signal });
      await take(events, 1);
      const { items } = await c.chats.list(c.userId, { limit: 100 });
      const known = new Set(items.map(({ id }) => id));
      const { id: last } = await c.chats.create(c.userId);
      created.push(last);
      while (!known.has(last)) {
        const [event] = await take(events, 1);
        if (event?.type === 'change' && 'chatId' in event.change) known.add(event.change.chatId);
      }
      expect(created.filter((id) => id <= last && !known.has(id))).toEqual([]);
      leave.abort();
    }
    await busy;
  });

  it('wakes a reader whose hint was lost, with the next ping at the latest', async () => {
    await using c = await conversation(script, { limits: { pingMs: 20 } });
    const events = c.feed.watch(c.userId, {}, { signal: never });
    await take(events, 1);
    const waiting = events.next();
    // Past the bus: nobody is told.
    await c.db.transactions.createChat(c.userId, undefined, new Date());
    const told = [(await waiting).value?.type];
    while (!told.includes('change')) told.push((await take(events, 1))[0]?.type);
    expect(new Set(told)).toEqual(new Set(['ping', 'change']));
  });
});
