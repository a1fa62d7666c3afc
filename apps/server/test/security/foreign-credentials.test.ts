import { startTestServer, type TestServer, type TestUser, trpcClient } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { packets } from './engine-io.ts';
import { type HttpClient, httpClient } from './http-client.ts';
import { talk } from './sockets.ts';
import { at } from './typed-error.ts';

let server: TestServer;
let http: HttpClient;
let ada: TestUser;
let bob: TestUser;
/** Bearer tokens of Ada's: one that opens, one that was revoked. */
let live: string;
let revoked: string;
/** An answer that Ada alone may read. */
let messageId: number;
beforeAll(async () => {
  server = await startTestServer();
  http = httpClient(server.port);
  ada = await server.signUp();
  bob = await server.signUp();
  await using client = trpcClient({ url: server.url, cookie: ada.cookie });
  ({ secret: live } = await client.api.auth.tokens.create.mutate({ name: 'live' }));
  const { secret, token } = await client.api.auth.tokens.create.mutate({ name: 'revoked' });
  revoked = secret;
  await client.api.auth.tokens.revoke.mutate({ tokenId: token.id });
  const { id: chatId } = await client.api.chat.create.mutate({});
  ({ messageId } = await client.api.message.send.mutate({ chatId, text: 'Hi' }));
});
afterAll(async () => {
  http[Symbol.dispose]();
  await server.close();
});

type Headers = Readonly<Record<string, string>>;

/** What stands for whom the surface takes the caller: an account's id, or null for nobody. */
type Caller = number | null;

const idIn = (value: unknown, ...path: string[]): Caller => {
  const id = at(value, ...path, 'user', 'id');
  return typeof id === 'number' ? id : null;
};

/** Whom every surface takes the headers for. @throws when they disagree */
async function callerOf(headers: Headers): Promise<Caller> {
  const rest = idIn((await http.ask('/api/auth/check', { headers })).json());
  const trpc = idIn((await http.ask('/trpc/auth.check', { headers })).json(), 'result', 'data', 'json');
  const socket = await overTrpcSocket(headers);
  const joins = await overSocketIo(headers);
  expect([trpc, socket, joins]).toEqual([rest, rest, rest !== null]);
  return rest;
}

/** Whom a tRPC WebSocket belongs to; null also when its first message is refused. */
async function overTrpcSocket(headers: Headers, token?: string): Promise<Caller> {
  using socket = await talk(`${server.url}/trpc${token === undefined ? '' : '?connectionParams=1'}`, headers);
  if (token !== undefined) socket.ws.send(JSON.stringify({ method: 'connectionParams', data: { token } }));
  const asked = socket.ask({ method: 'query', path: 'auth.check', input: '{}' });
  const answer = await Promise.race([asked, socket.closed.then(() => null)]).catch(() => null);
  return idIn(answer, 'result', 'data', 'json');
}

/** Whether the first words of an event stream are Ada's, for headers and a token in the URL. */
async function overEvents(headers: Headers, token?: string): Promise<boolean> {
  const query = new URLSearchParams({ input: JSON.stringify({ json: { messageId } }) });
  if (token !== undefined) query.set('connectionParams', JSON.stringify({ token }));
  const leave = new AbortController();
  const answer = await fetch(`${server.url}/trpc/message.stream?${query.toString()}`, {
    headers,
    signal: leave.signal,
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of answer.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (/"type":|UNAUTHENTICATED|NOT_FOUND/.test(text)) break;
  }
  leave.abort();
  return text.includes('"type":');
}

/** Whether Socket.IO lets somebody join. */
async function overSocketIo(headers: Headers, token?: string): Promise<boolean> {
  using socket = await packets(server.url, headers);
  socket.send(token === undefined ? '40' : `40${JSON.stringify({ token })}`);
  return (await socket.first('4'))?.startsWith('40{') === true;
}

const foreign = [
  ['a gateway’s token', 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
  ['a key of another service', 'Bearer sk-proj-0123456789'],
  ['a long one', `Bearer ${'x'.repeat(4_000)}`],
  ['one with blanks', 'Bearer a b c'],
  ['an empty one', 'Bearer '],
  ['a password for the proxy', 'Basic dXNlcjpwYXNz'],
  ['another scheme', 'Negotiate YIIZ'],
] as const;

describe('a credential that is not ours', () => {
  it.each(foreign)(
    '%s takes nothing from a good cookie, and opens nothing itself',
    async (_name, authorization) => {
      expect(await callerOf({ authorization, cookie: ada.cookie })).toBe(ada.id);
      expect(await callerOf({ authorization })).toBeNull();
    },
  );

  it.each(['_ga=GA1.1.5', 'amanda_session=stale', 'session=eyJ1c2VyIjoxfQ', 'amanda_session='])(
    'the cookie %s takes nothing from a good token',
    async (cookie) => {
      expect(await callerOf({ cookie, authorization: `Bearer ${live}` })).toBe(ada.id);
      expect(await overSocketIo({ cookie }, live)).toBe(true);
      expect(await overTrpcSocket({ cookie }, live)).toBe(ada.id);
      expect(await overEvents({ cookie }, live)).toBe(true);
      expect(await callerOf({ cookie })).toBeNull();
    },
  );

  it('is passed over also when it comes after the headers', async () => {
    expect(await overTrpcSocket({ cookie: ada.cookie }, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln')).toBe(ada.id);
    expect(await overSocketIo({ cookie: ada.cookie }, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln')).toBe(true);
    expect(await overEvents({ cookie: ada.cookie }, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln')).toBe(true);
    expect(await overEvents({}, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln')).toBe(false);
    expect(await overTrpcSocket({}, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln')).toBeNull();
    expect(await overSocketIo({}, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln')).toBe(false);
  });
});

describe('a token of ours', () => {
  it('goes before a cookie, however it comes', async () => {
    expect(await callerOf({ authorization: `Bearer ${live}`, cookie: bob.cookie })).toBe(ada.id);
    expect(await overTrpcSocket({ cookie: bob.cookie }, live)).toBe(ada.id);
    expect(await overEvents({ cookie: bob.cookie })).toBe(false);
    expect(await overEvents({ cookie: bob.cookie }, live)).toBe(true);
  });

  it('that was revoked, or is not whole, is refused and no cookie stands in for it', async () => {
    for (const token of [
      revoked,
      live.slice(0, -1),
      `${live}x`,
      `${live} ${live}`,
      `amanda_${'x'.repeat(4_000)}`,
    ]) {
      expect([token, await callerOf({ authorization: `Bearer ${token}`, cookie: ada.cookie })]).toEqual([
        token,
        null,
      ]);
      expect([token, await overTrpcSocket({ cookie: ada.cookie }, token)]).toEqual([token, null]);
      expect([token, await overSocketIo({ cookie: ada.cookie }, token)]).toEqual([token, false]);
      expect([token, await overEvents({ cookie: ada.cookie }, token)]).toEqual([token, false]);
    }
  });

  it('that was revoked is not passed over for a good one that comes later', async () => {
    const headers = { authorization: `Bearer ${revoked}` };
    expect(await overTrpcSocket(headers, live)).toBeNull();
    expect(await overSocketIo(headers, live)).toBe(false);
    expect(await overEvents(headers, live)).toBe(false);
  });
});
