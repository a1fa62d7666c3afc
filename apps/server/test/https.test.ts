import { request } from 'node:http';
import { defaultHostConfig } from '@amanda/host';
import { legacyClient, startTestServer, trpcClient } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

const publicUrl = new URL('https://chat.example.org');
const host = 'chat.example.org';

/** What nginx sends with the configuration of `docs/operations.md`. */
const proxied = (client: string) => ({ host, 'x-forwarded-for': client, 'x-forwarded-proto': 'https' });

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: unknown;
}

/** One request with headers that `fetch` would not send, such as `Host`. */
function ask(url: string, headers: Record<string, string>, body?: unknown): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const method = body === undefined ? 'GET' : 'POST';
  const sent = request(url, { method, headers: { 'content-type': 'application/json', ...headers } });
  sent.once('error', reject).once('response', (response) => {
    response.toArray().then((parts) => {
      const text = Buffer.concat(parts).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) });
    }, reject);
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

const account = { email: 'ada@example.org', password: 'a password of hers' };

describe('behind a proxy that ends TLS', () => {
  it('binds the cookie to the host, takes it back on every surface, and clears the same one', async () => {
    await using server = await startTestServer({ config: { publicUrl, trustedProxies: ['127.0.0.1'] } });
    const headers = proxied('203.0.113.7');
    const made = await ask(`${server.url}/api/auth/signup`, headers, account);
    const [setCookie = '', device] = made.headers['set-cookie'] ?? [];
    expect(device).toMatch(
      /^__Host-amanda_device=[\w.-]{45}; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(setCookie).toMatch(
      /^__Host-amanda_session=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(made.headers['strict-transport-security']).toMatch(/^max-age=\d+/);

    const [cookie = ''] = setCookie.split(';', 1);
    const check = `${server.url}/api/auth/check`;
    expect((await ask(check, { ...headers, cookie })).body).toMatchObject({ authenticated: true });
    await using client = trpcClient({ url: server.url, cookie, over: 'ws' });
    expect((await client.api.user.profile.query()).email).toBe(account.email);
    using legacy = legacyClient({ url: server.url, cookie });
    await legacy.connected();
    // Any page of a sister host could have set a cookie of the plain name.
    const plain = cookie.replace('__Host-', '');
    expect((await ask(check, { ...headers, cookie: plain })).body).toEqual({ authenticated: false });

    const out = await ask(`${server.url}/api/auth/logout`, { ...headers, cookie }, {});
    expect(out.headers['set-cookie']).toEqual([
      '__Host-amanda_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure',
    ]);
    expect((await ask(check, { ...headers, cookie })).body).toEqual({ authenticated: false });
  });

  it('sends no cookie that needs HTTPS where there is none', async () => {
    await using server = await startTestServer();
    const made = await ask(`${server.url}/api/auth/signup`, {}, account);
    expect(made.headers['set-cookie']).toEqual([
      expect.stringMatching(/^amanda_session=.*; SameSite=Lax$/),
      expect.stringMatching(/^amanda_device=.*; HttpOnly; SameSite=Lax$/),
    ]);
    expect(made.headers['strict-transport-security']).toBeUndefined();
  });

  it('knows its own pages by PUBLIC_URL, over HTTP and WebSocket', async () => {
    await using server = await startTestServer({ config: { publicUrl, trustedProxies: ['127.0.0.1'] } });
    const status = async (origin: string) =>
      (await ask(`${server.url}/api/auth/check`, { ...proxied('203.0.113.7'), origin })).status;
    expect(await status('https://chat.example.org')).toBe(200);
    expect(await status('http://chat.example.org')).toBe(403);
    expect(await status('https://evil.example')).toBe(403);
    const upgrade = (origin: string) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const url = `${server.url.replace('http', 'ws')}/trpc`;
      const socket = new WebSocket(url, { origin, headers: proxied('203.0.113.7') });
      socket.once('open', () => resolve('open')).once('error', (error) => resolve(error.message));
      return promise.finally(() => socket.close());
    };
    expect(await upgrade('https://chat.example.org')).toBe('open');
    expect(await upgrade('https://evil.example')).toContain('403');
  });
});

describe('the scheme of a client', () => {
  /** The one origin that requests and upgrades take for our own; both are asked, and must agree. */
  async function ownOrigin(url: string, headers: Record<string, string>): Promise<string[]> {
    const allowed: string[] = [];
    for (const origin of ['https://chat.example.org', 'http://chat.example.org']) {
      const { status } = await ask(`${url}/trpc/auth.check`, { ...headers, host, origin });
      const { promise, resolve } = Promise.withResolvers<number>();
      const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc`, {
        origin,
        headers: { ...headers, host },
      });
      socket.once('upgrade', ({ statusCode }) => resolve(statusCode ?? 0));
      socket.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
      socket.once('error', () => {});
      const upgraded = await promise.finally(() => socket.terminate());
      expect([origin, headers, upgraded]).toEqual([origin, headers, status === 200 ? 101 : 403]);
      if (status === 200) allowed.push(origin);
    }
    return allowed;
  }

  const rows: [said: string, by: string, trusted: string[], scheme: string][] = [
    ['https', '203.0.113.9', ['127.0.0.1'], 'https'],
    ['HTTPS', '203.0.113.9', ['127.0.0.1'], 'https'],
    ['wss', '203.0.113.9', ['127.0.0.1'], 'https'],
    ['http', '203.0.113.9', ['127.0.0.1'], 'http'],
    ['', '203.0.113.9', ['127.0.0.1'], 'http'],
    // One trusted proxy wrote the last entry; what stands before it was sent by the client.
    ['https, http', '203.0.113.9', ['127.0.0.1'], 'http'],
    ['http, https', '203.0.113.9', ['127.0.0.1'], 'https'],
    // Two wrote one each, the farther one first.
    ['https, http', '203.0.113.9, 10.0.0.2', ['127.0.0.1', '10.0.0.0/8'], 'https'],
    ['http, https', '203.0.113.9, 10.0.0.2', ['127.0.0.1', '10.0.0.0/8'], 'http'],
    ['http, https, http', '203.0.113.9, 10.0.0.2', ['127.0.0.1', '10.0.0.0/8'], 'https'],
    // The nearer one overwrote what the farther one said.
    ['https', '203.0.113.9, 10.0.0.2', ['127.0.0.1', '10.0.0.0/8'], 'https'],
    ['https', '203.0.113.9', ['10.0.0.0/8'], 'http'],
    ['https', '203.0.113.9', [], 'http'],
  ];

  it.each(rows)(
    '%j of %j with %j trusted is %s, for requests and upgrades',
    async (said, by, trusted, scheme) => {
      await using server = await startTestServer({ config: { trustedProxies: trusted } });
      const headers = { 'x-forwarded-proto': said, 'x-forwarded-for': by };
      expect(await ownOrigin(server.url, headers)).toEqual([`${scheme}://${host}`]);
    },
  );
});

describe('the address of a client', () => {
  /** The addresses of the sessions that were opened with the headers given. */
  async function addressSeen(trustedProxies: readonly string[], forwardedFor: string): Promise<string[]> {
    const seen: string[] = [];
    await using server = await startTestServer({ config: { ...defaultHostConfig, trustedProxies } });
    const { accounts } = server.core;
    const logIn = accounts.logIn.bind(accounts);
    accounts.logIn = (input) => {
      seen.push(input.agent.address);
      return logIn(input);
    };
    const headers = { 'x-forwarded-for': forwardedFor };
    await ask(`${server.url}/api/auth/login`, headers, account);
    await ask(`${server.url}/trpc/auth.logIn`, headers, { json: account });
    return seen;
  }

  it('is what a trusted proxy says', async () => {
    expect(await addressSeen(['127.0.0.1'], '203.0.113.7')).toEqual(['203.0.113.7', '203.0.113.7']);
  });

  it('is not what the client says before the proxy added the truth', async () => {
    expect(await addressSeen(['127.0.0.1'], '198.51.100.1, 203.0.113.7')).toEqual([
      '203.0.113.7',
      '203.0.113.7',
    ]);
  });

  it('is not what anybody says whom nobody trusts', async () => {
    expect(await addressSeen([], '203.0.113.7')).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(await addressSeen(['10.0.0.0/8'], '203.0.113.7')).toEqual(['127.0.0.1', '127.0.0.1']);
  });
});
