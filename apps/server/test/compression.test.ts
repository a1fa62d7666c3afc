import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { startTestServer, type TestServer, type TestUser, temporaryFolder } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: TestServer;
let user: TestUser;
let chatId: number;
const script = 'console.log(1);'.repeat(200);
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  const webRoot = parts.use(await temporaryFolder()).path;
  await mkdir(path.join(webRoot, 'assets'));
  await writeFile(path.join(webRoot, 'index.html'), '<p>plain</p>');
  await writeFile(path.join(webRoot, 'index.html.gz'), gzipSync('<p>packed</p>'));
  await mkdir(path.join(webRoot, 'shells/stranger'), { recursive: true });
  await mkdir(path.join(webRoot, 'shells/member'));
  await writeFile(path.join(webRoot, 'shells/stranger/welcome.html'), 'stranger');
  await writeFile(path.join(webRoot, 'shells/member/index.html'), 'member');
  await writeFile(path.join(webRoot, 'assets/page-1a.js'), script);
  await writeFile(path.join(webRoot, 'assets/page-1a.js.gz'), gzipSync(script));
  server = parts.use(await startTestServer({ config: { webRoot } }));
  user = await server.signUp();
  ({ id: chatId } = await server.core.chats.create(user.id));
  await server.db.prisma.message.create({
    data: { chatId, role: 'user', content: 'word '.repeat(600), timestamp: new Date() },
  });
  await server.db.prisma.chat.update({
    where: { id: chatId },
    data: { lastMessageId: (await server.db.prisma.message.findFirstOrThrow()).id },
  });
});
afterAll(() => parts.disposeAsync());

const inputOf = (value: unknown) => encodeURIComponent(JSON.stringify(value));
const listed = () => `/trpc/message.list?input=${inputOf({ json: { chatId } })}`;
const batch = (names: string, ...inputs: unknown[]) =>
  `/trpc/${names}?batch=1&input=${inputOf(Object.fromEntries(inputs.map((json, index) => [index, { json }])))}`;

/** An answer, its body read as what its headers say. */
async function ask(url: string, headers: Record<string, string> = {}, init: RequestInit = {}) {
  const answer = await fetch(server.url + url, {
    ...init,
    headers: { cookie: user.cookie, 'accept-encoding': 'identity', ...headers },
  });
  const body = await answer.text();
  const { status } = answer;
  const of = (name: string) => answer.headers.get(name);
  return { status, body, encoding: of('content-encoding'), vary: of('vary'), headers: answer.headers };
}

describe('files of the page', () => {
  it('are sent as the build has compressed them, to those who take that', async () => {
    const packed = await ask('/assets/page-1a.js', { 'accept-encoding': 'gzip, br' });
    expect(packed).toMatchObject({ status: 200, body: script, encoding: 'gzip' });
    expect(packed.headers.get('content-type')).toMatch(/^(text|application)\/javascript/);
    expect(packed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(packed.vary).toMatch(/accept-encoding/i);
    const plain = await ask('/assets/page-1a.js');
    expect(plain).toMatchObject({ status: 200, body: script, encoding: null });
    expect(plain.vary).toMatch(/accept-encoding/i);
    expect(plain.headers.get('etag')).not.toBe(packed.headers.get('etag'));
  });

  it('are not sent again while they are the same', async () => {
    const accepts = { 'accept-encoding': 'gzip' };
    const first = await ask('/assets/page-1a.js', accepts);
    const again = await ask('/assets/page-1a.js', {
      ...accepts,
      'if-none-match': first.headers.get('etag') ?? '',
      // Otherwise fetch asks to pass all caches by.
      'cache-control': 'max-age=0',
    });
    expect(again).toMatchObject({ status: 304, body: '' });
  });

  it.each(['/', '/chats/1'])(
    'include the page itself at %s, which is asked for again each time',
    async (at) => {
      const cookie = '';
      const html = await ask(at, { cookie, accept: 'text/html', 'accept-encoding': 'gzip' });
      expect(html).toMatchObject({ status: 200, body: '<p>packed</p>', encoding: 'gzip' });
      expect(html.headers.get('cache-control')).toBe('no-cache');
      expect(html.headers.get('content-type')).toMatch(/^text\/html/);
      expect(await ask(at, { cookie, accept: 'text/html' })).toMatchObject({
        body: '<p>plain</p>',
        encoding: null,
      });
    },
  );

  it('show at once what a reader will see there: by the cookie that comes, good or not, and by the place', async () => {
    const shown = async (at: string, cookie: string) => {
      const { body, headers } = await ask(at, { accept: 'text/html', cookie });
      expect(headers.get('cache-control')).toBe('no-cache');
      expect(headers.get('vary')).toMatch(/Cookie/);
      return body;
    };
    expect(await shown('/welcome?to=/chats/1', '')).toBe('stranger');
    expect(await shown('/', 'amanda_session=old; other=1')).toBe('member');
    expect(await shown('/welcome', user.cookie)).toBe('<p>plain</p>');
    expect(await shown('/', 'other=1')).toBe('<p>plain</p>');
    expect(await shown('/..%2Fmember%2Findex', '')).toBe('<p>plain</p>');
  });

  it('have no second address', async () => {
    expect(await ask('/assets/page-1a.js.gz')).toMatchObject({ status: 404 });
    expect(await ask('/shells/member/index.html')).toMatchObject({ status: 404 });
  });
});

describe('JSON', () => {
  it.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.1, gzip', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['deflate', null],
    ['gzip;q=0', null],
    ['', null],
  ])('of more than 1 KB goes to those who accept %j as %s', async (accepted, encoding) => {
    const answer = await ask(listed(), { 'accept-encoding': accepted });
    expect(answer).toMatchObject({ status: 200, encoding });
    expect(answer.vary).toMatch(/Accept-Encoding/);
    expect(JSON.parse(answer.body).result.data.json.items[0].text).toBe('word '.repeat(600));
    const sent = Number(answer.headers.get('content-length'));
    const [least, most] = encoding === null ? [3_000, 5_000] : [1, 1_000];
    expect(sent).toBeGreaterThan(least);
    expect(sent).toBeLessThan(most);
  });

  it('of REST and of batches is compressed, too', async () => {
    const accepts = { 'accept-encoding': 'gzip' };
    expect(await ask('/api/openapi.json', accepts)).toMatchObject({ status: 200, encoding: 'gzip' });
    const both = await ask(batch('chat.list,message.list', {}, { chatId }), accepts);
    expect(both).toMatchObject({ status: 200, encoding: 'gzip' });
    expect(JSON.parse(both.body)).toHaveLength(2);
  });

  it.each(['/api/chat/list', `/api/chat/CHAT/messages`])(
    'of the REST list %s, which is sent while it is read, is compressed on its way',
    async (at) => {
      const url = at.replace('CHAT', String(chatId));
      const plain = await ask(url);
      expect(plain).toMatchObject({ status: 200, encoding: null });
      expect(plain.vary).toMatch(/Accept-Encoding/);
      for (const encoding of ['br', 'gzip']) {
        const packed = await ask(url, { 'accept-encoding': encoding });
        expect(packed).toMatchObject({ status: 200, encoding, body: plain.body });
        expect(packed.headers.get('content-type')).toBe(plain.headers.get('content-type'));
      }
    },
  );

  it('of little length goes as it is', async () => {
    const answer = await ask('/health', { 'accept-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 200, encoding: null });
    expect(answer.vary ?? '').not.toMatch(/encoding/i);
  });

  it('that may hold a secret, that is refused, or that changes something is not compressed', async () => {
    const accepts = { 'accept-encoding': 'gzip' };
    const long = await ask(batch('message.list,auth.check', { chatId }), accepts);
    expect(long).toMatchObject({ status: 200, encoding: null });
    expect(long.body.length).toBeGreaterThan(3_000);
    const hidden = await ask(batch('message.list,%61uth.check', { chatId }), accepts);
    expect(hidden.encoding).toBeNull();
    const wrong = await ask(`/trpc/message.list?input=${'x'.repeat(3_000)}`, accepts);
    expect(wrong).toMatchObject({ status: 400, encoding: null });
    const renamed = await ask(
      '/trpc/user.update',
      { ...accepts, 'content-type': 'application/json' },
      { method: 'POST', body: JSON.stringify({ json: { displayName: 'A'.repeat(90) } }) },
    );
    expect(renamed.encoding).toBeNull();
  });

  it('that is streamed piece by piece is not held back to be compressed', async () => {
    const answer = await ask(batch('message.list', { chatId }), {
      'accept-encoding': 'gzip',
      'trpc-accept': 'application/jsonl',
    });
    expect(answer).toMatchObject({ status: 200, encoding: null });
    expect(answer.headers.get('content-length')).toBeNull();
  });
});
