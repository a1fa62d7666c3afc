import { describe, expect, test } from 'vitest';
import { openJsonList } from '../src/rest/json-list.ts';
import { createListTurns } from '../src/rest/list-turns.ts';
import { fakeAmanda } from './fake-caller.ts';
import { restApp } from './servers.ts';

const idsOf = (items: { id: number }[]) => items.map(({ id }) => id);

describe('long lists', () => {
  test('messages come whole and in order, page after page', async () => {
    const amanda = fakeAmanda();
    amanda.addChat();
    for (let index = 0; index < 1001; index += 1) amanda.addMessage(1, { text: `“${index}”\u2028` });
    let pages = 0;
    const { list } = amanda.caller.message;
    const counted = (input: Parameters<typeof list>[0]) => {
      pages += 1;
      return list(input);
    };
    await using app = await restApp({
      ...amanda.caller,
      message: { ...amanda.caller.message, list: counted },
    });
    const { messages } = (await app.inject({ url: '/api/chat/1/messages' })).json();
    expect(idsOf(messages)).toEqual(Array.from({ length: 1001 }, (_, index) => index + 1));
    expect(messages[5].content).toBe('“5”\u2028');
    expect(pages).toBe(6);
  });

  test('an empty list is a list', async () => {
    const amanda = fakeAmanda();
    amanda.addChat();
    await using app = await restApp(amanda.caller);
    expect((await app.inject({ url: '/api/chat/1/messages' })).json()).toEqual({ messages: [] });
    amanda.chats.clear();
    expect((await app.inject({ url: '/api/chat/list' })).json()).toEqual({ chats: [] });
  });

  test('a chat that moves to the top while the list is on its way is sent exactly once', async () => {
    const amanda = fakeAmanda();
    for (let index = 1; index <= 450; index += 1) amanda.addChat(new Date(index * 1000));
    const { list } = amanda.caller.chat;
    let pages = 0;
    const moving = async (input: Parameters<typeof list>[0]) => {
      pages += 1;
      const page = await list(input);
      // After the first page one that was sent and one that was not move up, and a new one appears.
      if (pages === 1) {
        for (const id of [450, 3]) {
          const chat = await amanda.caller.chat.get({ chatId: id });
          amanda.chats.set(id, { ...chat, lastMessageAt: new Date(1_000_000 + id) });
        }
        amanda.addChat(new Date(2_000_000));
      }
      // And one more while the top is visited again.
      if (pages === 4) {
        const chat = await amanda.caller.chat.get({ chatId: 5 });
        amanda.chats.set(5, { ...chat, lastMessageAt: new Date(3_000_000) });
      }
      return page;
    };
    await using app = await restApp({ ...amanda.caller, chat: { ...amanda.caller.chat, list: moving } });
    const { chats } = (await app.inject({ url: '/api/chat/list' })).json();
    const ids: number[] = idsOf(chats);
    expect(ids).toHaveLength(451);
    expect(new Set(ids).size).toBe(451);
    expect(ids.slice(0, 3)).toEqual([450, 449, 448]);
  });

  test('nobody reads on for a client that has gone', async () => {
    let pages = 0;
    let returned = false;
    const stream = await openJsonList({
      key: 'messages',
      pages: (async function* () {
        try {
          for (;;) {
            pages += 1;
            yield [{ text: 'x'.repeat(100_000) }];
          }
        } finally {
          returned = true;
        }
      })(),
    });
    const closed = Promise.withResolvers<void>();
    stream.once('close', closed.resolve);
    stream.once('data', () => stream.destroy());
    await closed.promise;
    expect(pages).toBeLessThan(5);
    expect(returned).toBe(true);
  });

  test('what fails after the first byte breaks the response off', async () => {
    const amanda = fakeAmanda();
    amanda.addChat();
    for (let index = 0; index < 300; index += 1) amanda.addMessage(1, { text: 'x' });
    const { list } = amanda.caller.message;
    const failing = (input: Parameters<typeof list>[0]) =>
      input.cursor ? Promise.reject(new Error('disk')) : list(input);
    await using app = await restApp({
      ...amanda.caller,
      message: { ...amanda.caller.message, list: failing },
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(`${url}/api/chat/1/messages`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });
});

describe('lists and pages that end early', () => {
  test('250 chats of one time are sent once each, and the list ends', async () => {
    const amanda = fakeAmanda();
    for (let index = 0; index < 250; index += 1) amanda.addChat();
    const { list } = amanda.caller.chat;
    let calls = 0;
    const counted = (input: Parameters<typeof list>[0]) => {
      calls += 1;
      return list(input);
    };
    await using app = await restApp({ ...amanda.caller, chat: { ...amanda.caller.chat, list: counted } });
    const { chats } = (await app.inject({ url: '/api/chat/list' })).json();
    expect(idsOf(chats)).toEqual(Array.from({ length: 250 }, (_, index) => 250 - index));
    expect(calls).toBeLessThanOrEqual(4);
  });

  test('a list whose chats never stand still ends too', async () => {
    const amanda = fakeAmanda();
    for (let index = 0; index < 250; index += 1) amanda.addChat();
    const { list } = amanda.caller.chat;
    let now = Date.now();
    const moving = async (input: Parameters<typeof list>[0]) => {
      const page = await list(input);
      now += 1;
      for (const [id, chat] of amanda.chats) amanda.chats.set(id, { ...chat, lastMessageAt: new Date(now) });
      return page;
    };
    await using app = await restApp({ ...amanda.caller, chat: { ...amanda.caller.chat, list: moving } });
    const { chats } = (await app.inject({ url: '/api/chat/list' })).json();
    expect(new Set(idsOf(chats)).size).toBe(idsOf(chats).length);
  });

  test('only the cursor ends a walk: pages of one item, and of none, are gone through', async () => {
    const amanda = fakeAmanda();
    for (let index = 0; index < 5; index += 1) amanda.addChat(new Date(index * 1000));
    for (let index = 0; index < 5; index += 1) amanda.addMessage(1, { text: `${index}` });
    const { chat, message } = amanda.caller;
    await using app = await restApp({
      ...amanda.caller,
      chat: { ...chat, list: (input) => chat.list({ ...input, limit: 1 }) },
      message: { ...message, list: (input) => message.list({ ...input, limit: 1 }) },
    });
    expect(idsOf((await app.inject({ url: '/api/chat/list' })).json().chats)).toEqual([5, 4, 3, 2, 1]);
    expect(idsOf((await app.inject({ url: '/api/chat/1/messages' })).json().messages)).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  test('a page goes out in slices, so that its JSON is not held as well', async () => {
    const items = Array.from({ length: 100 }, () => ({ text: 'x'.repeat(20_000) }));
    const stream = await openJsonList({
      key: 'messages',
      pages: (async function* () {
        yield items;
      })(),
    });
    const sizes: number[] = [];
    let text = '';
    for await (const chunk of stream) {
      sizes.push(String(chunk).length);
      text += String(chunk);
    }
    expect(JSON.parse(text)).toEqual({ messages: items });
    expect(Math.max(...sizes)).toBeLessThan(65_536 + 21_000);
  });
});

describe('lists of one user at once', () => {
  const open = () => new AbortController().signal;

  test('three are under way, further ones wait in their order, and another user does not', async () => {
    const turns = createListTurns();
    const done = await Promise.all(Array.from({ length: 3 }, () => turns.take(1, open())));
    const order: number[] = [];
    const waiting = [0, 1].map(async (index) => {
      const leave = await turns.take(1, open());
      order.push(index);
      return leave;
    });
    (await turns.take(2, open()))();
    expect(order).toEqual([]);
    done[0]?.();
    done[0]?.(); // gives one place back, not two
    await waiting[0];
    expect(order).toEqual([0]);
    done[1]?.();
    await waiting[1];
    expect(order).toEqual([0, 1]);
  });

  test('who leaves before its turn takes no place, and too many that wait are refused', async () => {
    const turns = createListTurns();
    const done = await Promise.all(Array.from({ length: 3 }, () => turns.take(1, open())));
    const leaver = new AbortController();
    const left = turns.take(1, leaver.signal);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const waiting = Array.from({ length: 100 }, () => turns.take(1, open()));
    await expect(turns.take(1, open())).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    for (const leave of done) leave();
    for (const turn of waiting) (await turn)();
    const again = await Promise.all(Array.from({ length: 3 }, () => turns.take(1, open())));
    expect(again).toHaveLength(3);
  });

  test('a list that its client left gives its place back', async () => {
    const amanda = fakeAmanda();
    amanda.addChat();
    for (let index = 0; index < 400; index += 1) amanda.addMessage(1, { text: 'x'.repeat(20_000) });
    await using app = await restApp(amanda.caller);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    for (let round = 0; round < 10; round += 1) {
      const leaver = new AbortController();
      const response = await fetch(`${url}/api/chat/1/messages`, { signal: leaver.signal });
      await response.body?.getReader().read();
      leaver.abort();
    }
    const whole = await fetch(`${url}/api/chat/1/messages`);
    expect(await whole.json()).toHaveProperty('messages.length', 400);
  });
});
