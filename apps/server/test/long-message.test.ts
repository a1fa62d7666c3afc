import { startTestServer, type TestServer } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { joined, polling } from './security/engine-io.ts';
import { httpClient } from './security/http-client.ts';
import { talk } from './security/sockets.ts';
import { at } from './security/typed-error.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** JSON as Python's `json.dumps` writes it: every code unit beyond ASCII takes six bytes. */
const escaped = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

interface Sender {
  readonly cookie: string;
  readonly chatId: number;
}

/** Sends a text, and gives the code or the text of the error that it was answered with; null when it was taken. */
type Surface = (sender: Sender, text: string) => Promise<unknown>;

const surfaces: Readonly<Record<string, Surface>> = {
  async 'tRPC over HTTP'({ cookie, chatId }, text) {
    using http = httpClient(server.port);
    const answer = await http.post('/trpc/message.send', escaped({ json: { chatId, text } }), { cookie });
    return at(answer.json(), 'error', 'json', 'data', 'amanda', 'details', 'reason') ?? null;
  },
  async 'a batch of tRPC over HTTP'({ cookie, chatId }, text) {
    using http = httpClient(server.port);
    const body = escaped({ 0: { json: { chatId, text } } });
    const answer = await http.post('/trpc/message.send?batch=1', body, { cookie });
    return at(answer.json(), 0, 'error', 'json', 'data', 'amanda', 'details', 'reason') ?? null;
  },
  async 'tRPC over WebSocket'({ cookie, chatId }, text) {
    using socket = await talk(`${server.url}/trpc`, { cookie });
    const input = escaped({ json: { chatId, text } });
    const answer = await socket.ask({ method: 'mutation', path: 'message.send', input });
    return at(answer, 'error', 'json', 'data', 'amanda', 'details', 'reason') ?? null;
  },
  async 'Socket.IO over WebSocket'({ cookie, chatId }, text) {
    using socket = await joined(server.url, cookie);
    socket.send(`42${escaped(['send_message', { chat_id: chatId, message: text }])}`);
    return outcomeOf(await Promise.race([socket.first('42["message_complete"'), socket.first('42["error"')]));
  },
  async 'Socket.IO by polling'({ cookie, chatId }, text) {
    using http = httpClient(server.port);
    const raw = await polling(http, cookie);
    await raw.send('40');
    await raw.send(`42${escaped(['send_message', { chat_id: chatId, message: text }])}`);
    for (;;) {
      const { text: body } = await raw.poll();
      const packet = body.split('\x1e').find((one) => /^42\["(message_complete|error)"/.test(one));
      if (packet !== undefined) return outcomeOf(packet);
    }
  },
};

/** The text of an `error` event; null for another. @throws when the connection ended without one */
function outcomeOf(packet: string | null): unknown {
  if (packet === null) throw new Error('the connection ended without a word');
  const event: unknown = JSON.parse(packet.slice(2));
  return at(event, 0) === 'error' ? at(event, 1, 'message') : null;
}

/** Units that take the most bytes on the wire, each in its own way. */
const units = { 'a Chinese character': '你', 'an emoji': '👋', 'a control character': '\u0001' };

describe.each(Object.entries(surfaces))('%s', (name, send) => {
  async function sender() {
    const user = await server.signUp();
    const chat = await server.core.chats.create(user.id);
    return { ...user, chatId: chat.id };
  }

  it.each(Object.entries(units))('takes 200,000 times %s, however it is escaped', async (_name, unit) => {
    const user = await sender();
    const text = `x${unit.repeat(199_998)}x`;
    expect(await send(user, text)).toBeNull();
    const { items } = await server.core.messages.list(user.id, user.chatId, {
      limit: 1,
      direction: 'forward',
    });
    expect(items[0]?.text === text).toBe(true);
  });

  it('says of one more that it is too long', async () => {
    const refusal = name.startsWith('Socket.IO') ? 'Message is too long' : 'long';
    expect(await send(await sender(), '你'.repeat(200_001))).toBe(refusal);
  });
});
