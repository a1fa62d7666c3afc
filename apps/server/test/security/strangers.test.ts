import { eventNames } from '@amanda/compat';
import { legacyClient, startTestServer, type TestServer, type TestUser, trpcClient } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type HttpClient, httpClient } from './http-client.ts';
import { type Procedure, procedures, referencesIn, sampleOf } from './procedures.ts';
import { talk } from './sockets.ts';
import { at, errorIn, errorOf } from './typed-error.ts';

/** Things of which each kind is tried: somebody else's, a deleted one, one that never was. */
interface Things {
  readonly chatId: number;
  readonly messageId: number;
  readonly tokenId: number;
  readonly sessionId: string;
}

let server: TestServer;
let stranger: TestUser;
let http: HttpClient;
let things: Readonly<Record<'another’s' | 'a deleted' | 'a random', Things>>;

async function thingsOf(user: TestUser, wishes: { deleted: boolean }): Promise<Things> {
  await using client = trpcClient({ url: server.url, cookie: user.cookie });
  const chat = await client.api.chat.create.mutate({});
  const { messageId } = await client.api.message.send.mutate({ chatId: chat.id, text: 'Hi' });
  const { token } = await client.api.auth.tokens.create.mutate({ name: 'script' });
  const sessions = await client.api.auth.sessions.list.query();
  if (wishes.deleted) {
    await client.api.chat.delete.mutate({ chatId: chat.id });
    await client.api.auth.tokens.revoke.mutate({ tokenId: token.id });
  }
  return { chatId: chat.id, messageId, tokenId: token.id, sessionId: sessions.items[0]?.id ?? '' };
}

beforeAll(async () => {
  server = await startTestServer();
  const [owner, leaver] = [await server.signUp(), await server.signUp()];
  stranger = await server.signUp();
  http = httpClient(server.port);
  things = {
    'another’s': await thingsOf(owner, { deleted: false }),
    'a deleted': await thingsOf(leaver, { deleted: true }),
    'a random': { chatId: 123_456, messageId: 654_321, tokenId: 111_222, sessionId: 'never-was' },
  };
});
afterAll(async () => {
  http[Symbol.dispose]();
  await server.close();
});

const kinds = ['another’s', 'a deleted', 'a random'] as const;
const naming = procedures.filter((procedure) => referencesIn(procedure).length > 0);

/** An input that is right but for whose things it names. */
const inputFor = (procedure: Procedure, kind: (typeof kinds)[number]): string => {
  const sample = Object(sampleOf(procedure.schema));
  const named = Object.fromEntries(referencesIn(procedure).map((field) => [field, at(things[kind], field)]));
  // What may be left out is left out: a wrong place would be refused for another reason.
  const { cursor: _cursor, lastEventId: _place, ...rest } = sample;
  return JSON.stringify({ json: { ...rest, ...named } });
};

describe.each(kinds)('%s thing', (kind) => {
  it.each(naming)('does not exist for a stranger who calls $path', async (procedure) => {
    const { path, type } = procedure;
    const input = inputFor(procedure, kind);
    const headers = { cookie: stranger.cookie };
    const answer =
      type === 'mutation'
        ? await http.post(`/trpc/${path}`, input, headers)
        : await http.ask(`/trpc/${path}?input=${encodeURIComponent(input)}`, { headers });
    expect(errorOf(answer)?.code).toBe('NOT_FOUND');
    using socket = await talk(`${server.url}/trpc`, headers);
    expect(errorIn(await socket.ask({ method: type, path, input }))?.code).toBe('NOT_FOUND');
  });
});

/** What the documented surface says of somebody else's things, and of what is not there. */
const legacyStatus = { 'another’s': 403, 'a deleted': 404, 'a random': 404 } as const;

/** Every REST call with an id in its path, from the service's own description. */
async function restCalls(): Promise<{ method: string; path: string }[]> {
  const described = (await http.ask('/api/openapi.json')).json();
  const paths = Object.entries(Object(at(described, 'paths')));
  return paths
    .filter(([path]) => path.includes('{'))
    .flatMap(([path, methods]) =>
      Object.keys(Object(methods)).map((method) => ({ method: method.toUpperCase(), path })),
    );
}

it.each(kinds)(
  'over REST %s chat is refused as documented, by every route that takes an id',
  async (kind) => {
    const calls = await restCalls();
    expect(calls.length).toBeGreaterThanOrEqual(3);
    for (const { method, path } of calls) {
      const url = path.replace(/\{\w+\}/, String(things[kind].chatId));
      const headers = { cookie: stranger.cookie, 'content-type': 'application/json' };
      const body = method === 'GET' || method === 'DELETE' ? undefined : '{"title":"Mine"}';
      const answer = await http.ask(url, { method, headers, body });
      expect([method, path, answer.status]).toEqual([method, path, legacyStatus[kind]]);
    }
  },
);

/** What an event of a stranger names; a new event needs a row. */
const payloads: Readonly<Record<string, (named: Things) => readonly object[]>> = {
  send_message: ({ chatId }) => [{ chat_id: chatId, message: 'Hi' }],
  stop_message: ({ chatId, messageId }) => [{ chat_id: chatId }, { message_id: messageId }],
  resume_message: ({ chatId, messageId }) => [{ chat_id: chatId }, { message_id: messageId }],
};

it('every event of Socket.IO has a row', () => {
  expect(Object.keys(payloads).toSorted()).toEqual(eventNames.toSorted());
});

it.each(kinds)('over Socket.IO %s thing is refused as documented, by every event', async (kind) => {
  using client = legacyClient({ url: server.url, cookie: stranger.cookie, transports: ['websocket'] });
  await client.connected();
  for (const name of eventNames) {
    for (const payload of payloads[name]?.(things[kind]) ?? []) {
      const error = client.next('error');
      client.socket.emit(name, payload);
      const expected = legacyStatus[kind] === 403 ? /^Access denied$/ : /^(Chat|Message) not found$/;
      expect([name, await error]).toEqual([name, { message: expect.stringMatching(expected) }]);
    }
  }
});
