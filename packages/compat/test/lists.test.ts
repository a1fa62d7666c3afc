import { describe, expect, test } from 'vitest';
import { openJsonList } from '../src/rest/json-list.ts';
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
