import { startTestServer, type TestServer } from '@amanda/testing';
import { expect, it } from 'vitest';

const behindProxy = { limits: true, config: { trustedProxies: ['127.0.0.1'] } } as const;
const credentials = { email: 'ada@example.org', password: 'a password of hers' };

async function post(server: TestServer, path: string, body: unknown, headers: Record<string, string>) {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await answer.text();
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  return { status: answer.status, cookies };
}

const from = (address: string, cookie?: string) => ({
  'x-forwarded-for': address,
  ...(cookie === undefined ? {} : { cookie }),
});

it.each([
  ['REST', '/api/auth/login', '/api/auth/logout', (input: unknown) => input],
  ['tRPC', '/trpc/auth.logIn', '/trpc/auth.logOut', (json: unknown) => ({ json })],
] as const)(
  'a browser that was logged in before is let in over %s while an account is under attack',
  async (_name, path, out, wrap) => {
    await using server = await startTestServer(behindProxy);
    const made = await post(server, '/api/auth/signup', credentials, from('198.51.100.1'));
    expect(made.cookies.map((cookie) => cookie.split('=', 1)[0])).toEqual([
      'amanda_session',
      'amanda_device',
    ]);
    const left = await post(server, out, {}, from('198.51.100.1', made.cookies.join('; ')));
    expect(left.cookies).toEqual(['amanda_session=']); // the mark stays
    for (let round = 0; round < 50; round += 1) {
      const guess = { ...credentials, password: 'wrong password' };
      expect((await post(server, path, wrap(guess), from(`203.0.113.${round}`))).status).toBe(401);
    }
    expect((await post(server, path, wrap(credentials), from('203.0.113.99'))).status).toBe(429);
    const known = await post(server, path, wrap(credentials), from('203.0.113.99', made.cookies[1]));
    expect(known.status).toBe(200);
    expect(known.cookies).toHaveLength(1); // it has its mark already
  },
);

it('a bearer token deletes no account over REST, and makes no other token', async () => {
  await using server = await startTestServer();
  const user = await server.signUp();
  const { secret } = await server.core.tokens.create(user.id, { name: 'script' });
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const deleted = await fetch(`${server.url}/api/user/account`, { method: 'DELETE', headers });
  expect(deleted.status).toBe(403);
  expect(await deleted.json()).toEqual({
    success: false,
    message: 'This needs a login: a bearer token may not do it.',
  });
  const made = await post(server, '/trpc/auth.tokens.create', { json: { name: 'for ever' } }, headers);
  expect(made.status).toBe(403);
  expect(await server.core.tokens.list(user.id)).toHaveLength(1);
  expect((await server.core.accounts.profile(user.id)).id).toBe(user.id);
});
