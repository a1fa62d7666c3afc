import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { legacyClient, signUp, startTestServer, temporaryFolder, trpcClient } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

const hasNginx = spawnSync('nginx', ['-v']).status === 0;
const reason = 'nginx is not installed: apt-get install nginx';

/** The block of the papers, whose address is replaced by a real one. */
function documentedBlock(upstream: string): string {
  const papers = readFileSync(path.join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
  const block = /^```nginx\n(.*?)^```$/ms.exec(papers)?.[1] ?? '';
  expect(block).toContain('http://127.0.0.1:5000');
  return block.replace('http://127.0.0.1:5000', upstream);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Serves the block with an nginx of its own, of which nothing is left afterwards. */
async function nginx(block: string): Promise<AsyncDisposable & { readonly url: string }> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder()).path;
  const port = await freePort();
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  for (const kind of kinds) await mkdir(path.join(folder, kind));
  const temporary = kinds.map((kind) => `${kind}_temp_path ${path.join(folder, kind)};`).join('\n');
  const file = path.join(folder, 'nginx.conf');
  await writeFile(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
    events {}
    http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; ${block} } }`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  parts.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await listening(child);
  const running = parts.move();
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Its ports are open when it says how it waits for events. @throws what it said, when it ends before */
async function listening(child: ChildProcess): Promise<void> {
  const said: string[] = [];
  if (child.stderr === null) throw new Error('nothing to listen to');
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (line.includes('event method')) return;
  }
  throw new Error(`nginx ended:\n${said.join('\n')}`);
}

describe('nginx, with the block of the papers', () => {
  it('carries the page, REST, tRPC, and both transports of Socket.IO', async ({ skip }) => {
    skip(!hasNginx, reason);
    await using server = await startTestServer({ config: { trustedProxies: ['127.0.0.1'] } });
    await using proxy = await nginx(documentedBlock(server.url));

    const page = await fetch(proxy.url, { headers: { accept: 'text/html' } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>Amanda</title>')]);

    const { cookie, id } = await signUp(proxy.url, 'ada@example.org');
    const origin = new URL(proxy.url).origin;
    const rest = await fetch(`${proxy.url}/api/auth/check`, { headers: { cookie, origin } });
    expect(await rest.json()).toMatchObject({ authenticated: true, user: { id } });

    for (const over of ['mixed', 'ws'] as const) {
      await using client = trpcClient({ url: proxy.url, cookie, over });
      const chat = await client.api.chat.create.mutate({});
      // Escaped by nobody: what an emoji takes in UTF-8, which is more than nginx lets through unless it is told.
      const text = '👋'.repeat(200_000);
      const { messageId } = await client.api.message.send.mutate({ chatId: chat.id, text });
      const ended = Promise.withResolvers<unknown>();
      const watching = client.api.message.stream.subscribe(
        { messageId },
        {
          onData: ({ data }) => data.type === 'end' && ended.resolve(data.message?.text),
          onError: ended.reject,
        },
      );
      expect(await ended.promise).toBe('Hello!');
      watching.unsubscribe();
    }

    for (const transport of ['polling', 'websocket'] as const) {
      using legacy = legacyClient({ url: proxy.url, cookie, transports: [transport] });
      await legacy.connected();
      const chat = await server.core.chats.create(id);
      const complete = legacy.next('message_complete');
      legacy.socket.emit('send_message', { chat_id: chat.id, message: 'Hello' });
      expect(await complete).toMatchObject({ full_text: 'Hello!' });
    }
  });

  it('lets browsers of its own address upgrade, and no others', async ({ skip }) => {
    skip(!hasNginx, reason);
    await using server = await startTestServer({ config: { trustedProxies: ['127.0.0.1'] } });
    await using proxy = await nginx(documentedBlock(server.url));
    const url = `${proxy.url.replace('http', 'ws')}/trpc`;
    const upgrade = (origin: string) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      const socket = new WebSocket(url, { origin });
      socket.once('upgrade', ({ statusCode }) => resolve(statusCode ?? 0));
      socket.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
      socket.once('error', () => {});
      return promise.finally(() => socket.terminate());
    };
    expect(await upgrade(proxy.url)).toBe(101);
    expect(await upgrade(url.replace('/trpc', ''))).toBe(101);
    expect(await upgrade('https://evil.example')).toBe(403);
  });
});
