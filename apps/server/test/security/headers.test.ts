import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { startTestServer, type TestServer, temporaryFolder } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: TestServer;
let cookie: string;
let webRoot: string;
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  // A page with files of every kind, as the built web app has them.
  webRoot = parts.use(await temporaryFolder()).path;
  for (const file of ['index.html', 'page.js', 'page.css']) await writeFile(path.join(webRoot, file), '');
  server = parts.use(await startTestServer({ config: { webRoot } }));
  const user = await server.signUp();
  cookie = user.cookie;
});
afterAll(() => parts.disposeAsync());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request whose path nobody tidies up. */
function ask(url: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request(url, { path, headers });
  sent.once('error', reject).once('response', (response) => {
    response.toArray().then((parts) => {
      const body = Buffer.concat(parts).toString();
      resolve({ status: response.statusCode, headers: response.headers, body });
    }, reject);
  });
  sent.end();
  return promise;
}

const html = { accept: 'text/html' };
const polling = '/socket.io/?EIO=4&transport=polling';
/** One answer of each kind: pages, files, every surface, and what is refused at each place. */
const kinds: [path: string, status: number, headers?: Record<string, string>][] = [
  ['/', 200],
  ['/', 200, html],
  ['/chats/1', 200, html],
  ['/page.js', 200],
  ['/page.css', 200],
  ['/health', 200],
  ['/ready', 200],
  ['/api/auth/check', 200],
  ['/api/nothing', 404],
  ['/api/auth/check', 403, { origin: 'https://evil.example' }],
  ['/api/docs', 200],
  ['/api/openapi.json', 200],
  ['/trpc/auth.check', 200],
  ['/trpc/auth.nothing', 404],
  ['/trpc/auth.check', 403, { origin: 'https://evil.example' }],
  ['/trpc/%zz', 400],
  ['/%', 400],
  [polling, 200],
  ['/socket.io/?EIO=4&transport=nothing', 400],
];

describe('an answer', () => {
  it.each(kinds)(
    'to %s (%d) says its type, and cannot be taken for another or framed',
    async (path, status, asked) => {
      const { headers, ...answer } = await ask(server.url, path, asked);
      expect(answer.status).toBe(status);
      expect(headers['content-type']).toMatch(
        /^(application\/json|(text\/(html|css|javascript|plain)|application\/(json|javascript)); charset=utf-8)$/i,
      );
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).toMatch(/base-uri 'none'/);
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(headers['location']).toBeUndefined();
    },
  );

  it('never comes without HSTS where browsers use HTTPS', async () => {
    const publicUrl = new URL('https://chat.example.org');
    await using secure = await startTestServer({ config: { publicUrl, webRoot } });
    for (const [path, status, asked] of kinds) {
      const { headers, ...answer } = await ask(secure.url, path, asked);
      expect([path, answer.status, headers['strict-transport-security']]).toEqual([
        path,
        status,
        'max-age=31536000; includeSubDomains',
      ]);
    }
  });

  it('is given to pages of the server, not to tags on other pages', async () => {
    for (const path of ['/api/chats', '/api/user/profile', '/trpc/user.profile', polling]) {
      const answer = await ask(server.url, path, { cookie, 'sec-fetch-site': 'cross-site' });
      expect([path, answer.status]).toEqual([path, path === polling ? 400 : 403]);
    }
  });

  it.each([
    '/.git/config',
    '/.git/HEAD',
    '/.svn/entries',
    '/.env',
    '/data/secret',
    '/package.json',
    '/assets/',
    '/src/',
    '/..%2f.git/config',
  ])('to %s is that there is none', async (path) => {
    const answer = await ask(server.url, path);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ success: false });
  });
});
