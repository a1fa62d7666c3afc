import { createKeys } from '@amanda/core';
import { startTestServer, type TestServer, type TestUser, trpcClient } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { packets } from './engine-io.ts';
import { type HttpClient, httpClient } from './http-client.ts';
import { talk } from './sockets.ts';
import { at } from './typed-error.ts';

let server: TestServer;
let http: HttpClient;
let user: TestUser;
let secret: string;
beforeAll(async () => {
  server = await startTestServer({ config: { corsOrigins: ['https://app.example.org'] } });
  http = httpClient(server.port);
  user = await server.signUp();
  await using client = trpcClient({ url: server.url, cookie: user.cookie });
  ({ secret } = await client.api.auth.tokens.create.mutate({ name: 'script' }));
});
afterAll(async () => {
  http[Symbol.dispose]();
  await server.close();
});

type Headers = Readonly<Record<string, string>>;

/** Whether anything of the server takes the headers for those of somebody. @throws when its surfaces disagree */
async function opens(headers: Headers): Promise<boolean> {
  const rest = at((await http.ask('/api/auth/check', { headers })).json(), 'authenticated');
  const trpc = at(
    (await http.ask('/trpc/auth.check', { headers })).json(),
    'result',
    'data',
    'json',
    'authenticated',
  );
  using socket = await talk(`${server.url}/trpc`, headers);
  const answer = await socket.ask({ method: 'query', path: 'auth.check', input: '{}' });
  const overSocket = at(answer, 'result', 'data', 'json', 'authenticated');
  expect([trpc, overSocket]).toEqual([rest, rest]);
  // The handshake waits for a token in the packet that joins, unless it has found somebody already.
  using legacy = await packets(server.url, headers);
  legacy.send('40');
  const joins = await legacy.first('4');
  expect([headers, joins?.startsWith('40{')]).toEqual([headers, rest]);
  return rest === true;
}

const seal = () => user.cookie.slice('amanda_session='.length);

describe('a cookie', () => {
  it('that is whole opens every surface', async () => {
    expect(await opens({ cookie: user.cookie })).toBe(true);
  });

  it('with any part of its seal missing or changed opens nothing', async () => {
    const value = seal();
    const lengths = [0, 1, value.length / 2, value.length - 9].map(Math.floor);
    const cut = lengths.map((length) => value.slice(0, length));
    const flipped = Array.from({ length: 24 }, (_, index) => {
      const place = Math.floor((index * value.length) / 24);
      const other = value[place] === 'A' ? 'B' : 'A';
      return value.slice(0, place) + other + value.slice(place + 1);
    });
    for (const broken of [...cut, ...flipped, `x${value}`]) {
      expect([broken, await opens({ cookie: `amanda_session=${broken}` })]).toEqual([broken, false]);
    }
  });

  it.each([
    ['of another name', (value: string) => `session=${value}`],
    ['of the name that it has over HTTPS', (value: string) => `__Host-amanda_session=${value}`],
    ['in capitals', (value: string) => `AMANDA_SESSION=${value}`],
    [
      'behind a hundred of its name',
      (value: string) => `${'amanda_session=x; '.repeat(100)}amanda_session=${value}`,
    ],
    ['that is oversized', (value: string) => `amanda_session=${value}${'x'.repeat(8_000)}`],
    ['that is nothing', () => 'amanda_session='],
    ['that is no cookie', () => ';;;=;=;;'],
    ['that is JSON', () => 'amanda_session={"id":1}'],
  ])('%s opens nothing', async (_name, cookie) => {
    expect(await opens({ cookie: cookie(seal()) })).toBe(false);
  });

  it('beside a wrong one of its name still opens, on either side', async () => {
    expect(await opens({ cookie: `amanda_session=broken; ${user.cookie}` })).toBe(true);
    expect(await opens({ cookie: `${user.cookie}; amanda_session=broken` })).toBe(true);
  });

  it('sealed with another secret opens nothing', () => {
    const [ours, others] = ['a secret that guards only tests', 'another secret of another server'].map(
      (key) => createKeys([key]).cookiePasswords(),
    );
    expect(Object.keys(ours ?? {})).not.toEqual(Object.keys(others ?? {}));
  });

  it('replayed after its logout opens nothing', async () => {
    const leaver = await server.signUp();
    await http.post('/api/auth/logout', '', { cookie: leaver.cookie });
    expect(await opens({ cookie: leaver.cookie })).toBe(false);
  });

  it('of a deleted account opens nothing', async () => {
    const leaver = await server.signUp();
    const headers = { cookie: leaver.cookie, 'content-type': 'application/json' };
    const body = JSON.stringify({ password: leaver.password });
    expect((await http.ask('/api/user/account', { method: 'DELETE', headers, body })).status).toBe(200);
    expect(await opens({ cookie: leaver.cookie })).toBe(false);
  });
});

describe('a bearer token', () => {
  it('that is whole opens every surface', async () => {
    expect(await opens({ authorization: `Bearer ${secret}` })).toBe(true);
  });

  it.each([
    ['that was cut', (token: string) => `Bearer ${token.slice(0, -1)}`],
    ['with more behind it', (token: string) => `Bearer ${token}A`],
    [
      'with a letter changed',
      (token: string) => `Bearer ${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`,
    ],
    ['without its prefix', (token: string) => `Bearer ${token.slice('amanda_'.length)}`],
    ['in capitals', (token: string) => `Bearer ${token.toUpperCase()}`],
    ['of another scheme', (token: string) => `Basic ${token}`],
    ['without a scheme', (token: string) => token],
    ['twice', (token: string) => `Bearer ${token} ${token}`],
    ['that is oversized', (token: string) => `Bearer ${token}${'x'.repeat(8_000)}`],
    ['that is a statement', () => "Bearer ' OR '1'='1"],
    ['that is a cookie’s seal', () => `Bearer ${seal()}`],
  ])('%s opens nothing', async (_name, authorization) => {
    expect(await opens({ authorization: authorization(secret) })).toBe(false);
  });

  it('is no cookie, and a session’s id is none', async () => {
    expect(await opens({ cookie: `amanda_session=${secret}` })).toBe(false);
  });
});

/** Who asks × what was found right; null: the header is absent. */
const origins = [
  [null, null, true],
  [null, 'none', true],
  [null, 'same-origin', true],
  [null, 'same-site', false],
  [null, 'cross-site', false],
  [null, 'nonsense', false],
  ['own', null, true],
  ['own', 'same-origin', true],
  ['https://app.example.org', null, true],
  ['https://app.example.org', 'cross-site', true],
  ['https://app.example.org', 'same-site', true],
  ['https://app.example.org.evil.example', null, false],
  ['https://app.example.org:444', null, false],
  ['http://app.example.org', null, false],
  ['https://evil.example', null, false],
  ['https://evil.example', 'same-origin', false],
  ['null', null, false],
  ['', null, false],
  ['file://', 'none', false],
] as const;

describe.each(origins)('a page of origin %j with Sec-Fetch-Site %j', (origin, site, mayAsk) => {
  const headers = (): Headers => ({
    cookie: user.cookie,
    ...(origin === null ? {} : { origin: origin === 'own' ? server.url : origin }),
    ...(site === null ? {} : { 'sec-fetch-site': site }),
  });

  it(`${mayAsk ? 'may' : 'may not'} read, change, upgrade or poll`, async () => {
    const json = { ...headers(), 'content-type': 'application/json' };
    const statuses = [
      (await http.ask('/api/auth/check', { headers: headers() })).status,
      (await http.ask('/trpc/auth.check', { headers: headers() })).status,
      (await http.ask('/api/chat/create', { method: 'POST', headers: headers() })).status,
      (await http.post('/trpc/chat.create', '{}', json)).status,
    ];
    expect(statuses).toEqual(mayAsk ? [200, 200, 201, 200] : [403, 403, 403, 403]);
    const polling = await http.ask('/socket.io/?EIO=4&transport=polling', { headers: headers() });
    // Engine.IO says 400 or 403, depending on who refused.
    expect(polling.status === 200).toBe(mayAsk);
    for (const path of ['/trpc', '/socket.io/?EIO=4&transport=websocket']) {
      const opened = await talk(server.url + path, headers()).then(
        (socket) => {
          socket[Symbol.dispose]();
          return true;
        },
        () => false,
      );
      expect([path, opened]).toEqual([path, mayAsk]);
    }
  });
});
