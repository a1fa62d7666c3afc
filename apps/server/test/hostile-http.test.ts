import { once } from 'node:events';
import { connect } from 'node:net';
import { cookieOf, startTestServer, type TestServer } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    config: { corsOrigins: ['https://app.example.org'], bodyLimit: 100_000, callBytes: 100_000 },
  });
});
afterAll(() => server.close());

/** Sends bytes as they are and reads until the server closes. */
async function raw(lines: readonly string[]): Promise<{ status: number; body: string }> {
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'close');
  const answer = Buffer.concat(chunks).toString();
  // Without the sizes of its chunks.
  const body = answer.slice(answer.indexOf('\r\n\r\n')).replace(/^[^[{]*|[^\]}]*$/g, '');
  return { status: Number(answer.split(' ')[1]), body };
}

const get = (path: string, ...headers: string[]) =>
  raw([`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, 'Connection: close', ...headers]);

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('a path that is none', () => {
  it.each([
    ['/%00', 404],
    ['/%', 400],
    ['/..%2f..%2fpackage.json', 404],
    ['/../package.json', 404],
    ['/page.js%00.html', 404],
    ['//evil.example/', 404],
    ['/trpc/%zz', 400],
    ['/trpc/auth.nothing', 404],
    ['/trpc/__proto__', 404],
    ['/trpc/auth.__proto__', 404],
    ['/trpc/auth.check.call', 404],
    ['/trpc/', 404],
    ['/api/nothing', 404],
    ['/api/chat/%2e%2e/messages', 401],
    ['/api/chat/1e999/messages', 401],
    [`/trpc/${','.repeat(5000)}?batch=1`, 400],
    [`/${'a'.repeat(20_000)}`, 431],
  ])('%s is refused in JSON', async (path, status) => {
    const answer = await get(path);
    expect([answer.status, path]).toEqual([status, path]);
    expect(() => JSON.parse(answer.body)).not.toThrow();
    expect(answer.body).not.toMatch(/<html|node_modules|\bat [\w.]+ \(/i);
  });
});

describe('a request that is none', () => {
  it.each([
    ['no HTTP', ['hello']],
    ['two lengths', ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 1', 'Content-Length: 2']],
    ['a header without end', ['GET / HTTP/1.1', 'Host: a', `X: ${'x'.repeat(40_000)}`]],
    ['a malformed Host', ['GET /trpc/auth.check HTTP/1.1', 'Host: %%%', 'Connection: close']],
  ])('of %s gets a 4xx', async (_name, lines) => {
    const { status, body } = await raw(lines);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(() => JSON.parse(body)).not.toThrow();
  });

  it.each([
    ['malformed JSON', '{"json":', 400],
    ['depth', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 400],
    ['a prototype', '{"json":{"__proto__":{"email":"a@b.co"}}}', 400],
    ['too much', JSON.stringify({ json: { email: 'a@b.co', password: 'x'.repeat(200_000) } }), 413],
  ])('with %s as its body gets a typed 4xx', async (_name, body, status) => {
    const answer = await post('/trpc/auth.logIn', body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { json: { data: { httpStatus: status } } } });
  });

  it('of another type or method is told what is allowed', async () => {
    const form = await post('/trpc/auth.logIn', 'email=a', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(form.status).toBe(415);
    expect(await form.json()).toMatchObject({
      error: { json: { data: { amanda: { code: 'UNSUPPORTED_MEDIA_TYPE' } } } },
    });
    const put = await fetch(`${server.url}/trpc/auth.logIn`, { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST']);
    const query = await fetch(`${server.url}/trpc/auth.logOut`);
    expect(query.status).toBe(405);
  });

  it('counts as many calls as its batch has, and may not have 1,000', async () => {
    const path = Array(1000).fill('auth.logIn').join(',');
    const answer = await post(`/trpc/${path}?batch=1`, '{}');
    expect(answer.status).toBe(400);
  });
});

describe('a page of another origin', () => {
  const ask = (path: string, headers: Record<string, string>) => fetch(server.url + path, { headers });

  it.each(['/api/auth/check', '/trpc/auth.check', '/socket.io/?EIO=4&transport=polling'])(
    'may not call %s and is shown no access-control header',
    async (path) => {
      for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
        const answer = await ask(path, headers);
        // Engine.IO says 400.
        expect([path, answer.status]).toEqual([path, path.startsWith('/socket.io') ? 400 : 403]);
        expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    },
  );

  it('may call when it is listed', async () => {
    for (const path of ['/api/auth/check', '/trpc/auth.check']) {
      const answer = await ask(path, { origin: 'https://app.example.org', 'sec-fetch-site': 'cross-site' });
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
      const preflight = await fetch(server.url + path, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example.org', 'access-control-request-method': 'POST' },
      });
      expect([path, preflight.status]).toEqual([path, 204]);
    }
  });

  it.each([
    'x-trpc-source',
    'sentry-trace, baggage',
    'traceparent,tracestate',
    'authorization',
    'content-type, trpc-accept, last-event-id',
  ])('may send %s to every surface when it is listed', async (asked) => {
    const paths = ['/api/chat/create', '/trpc/chat.create', '/socket.io/?EIO=4&transport=polling'];
    for (const path of paths) {
      const preflight = await fetch(server.url + path, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example.org',
          'access-control-request-method': 'POST',
          'access-control-request-headers': asked,
        },
      });
      expect([path, preflight.status]).toEqual([path, 204]);
      expect([path, preflight.headers.get('access-control-allow-headers')]).toEqual([path, asked]);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
    }
  });

  it('may link to the web page', async () => {
    const answer = await ask('/', { 'sec-fetch-site': 'cross-site', accept: 'text/html' });
    expect(answer.status).toBe(200);
  });
});

describe('a cookie', () => {
  it('that was cut, changed, or is one of a hundred opens nothing; the right one beside a wrong one does', async () => {
    const user = await server.signUp();
    const check = async (cookie: string) => {
      const response = await fetch(`${server.url}/api/auth/check`, { headers: { cookie } });
      return ((await response.json()) as { authenticated: boolean }).authenticated;
    };
    expect(await check(user.cookie)).toBe(true);
    expect(await check(`amanda_session=broken; ${user.cookie}`)).toBe(true);
    expect(await check(user.cookie.slice(0, -9))).toBe(false);
    expect(await check(user.cookie.replace('Fe26.2*1', 'Fe26.2*2'))).toBe(false);
    expect(await check(user.cookie.replace('amanda_session', '__Host-amanda_session'))).toBe(false);
    expect(await check(`${'amanda_session=x; '.repeat(100)}${user.cookie}`)).toBe(false);
  });

  it('is another one after every login', async () => {
    const user = await server.signUp();
    const login = await post(
      '/api/auth/login',
      JSON.stringify({ email: user.email, password: user.password }),
    );
    expect(cookieOf(login)).not.toBe(user.cookie);
  });

  it('is never in an answer of the API that a cache may keep', async () => {
    const answer = await fetch(`${server.url}/trpc/auth.check`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});
