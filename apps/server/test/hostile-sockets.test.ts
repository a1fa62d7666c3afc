import { once } from 'node:events';
import { connect } from 'node:net';
import { fallsSilentAfter, says } from '@amanda/ai-client/scripted';
import { type Log, silentLog } from '@amanda/core';
import { defaultHostConfig } from '@amanda/host';
import { deferred, followAnswer, startTestServer, trpcClient } from '@amanda/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';

const quick = (limits: Partial<typeof defaultHostConfig.sockets>) => ({
  config: { sockets: { ...defaultHostConfig.sockets, ...limits } },
});

/** Opens a socket and tells how it ends. */
function open(url: string, headers: Record<string, string> = {}) {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  ws.on('error', () => {});
  const closed = new Promise<number>((resolve) => ws.on('close', resolve));
  const refused = new Promise<number>((resolve) =>
    ws.on('unexpected-response', (_request, response) => {
      response.resume();
      ws.terminate();
      resolve(response.statusCode ?? 0);
    }),
  );
  const opened = new Promise<void>((resolve) => ws.once('open', resolve));
  return { ws, closed, refused, opened };
}

const ask = (id: number, path = 'system.info') =>
  JSON.stringify({ id, method: 'query', params: { path, input: {} } });

/** The next message, parsed. */
async function answer(ws: WebSocket): Promise<unknown> {
  const [data] = (await once(ws, 'message')) as [Buffer];
  return JSON.parse(data.toString());
}

describe('an upgrade', () => {
  it.each([
    ['to another path', '/nothing', {}, 404],
    ['to a path that begins like ours', '/trpcx', {}, 404],
    ['from a foreign page', '/trpc', { origin: 'https://evil.example' }, 403],
    ['from a page that hides its origin', '/trpc', { origin: 'null' }, 403],
    ['that another site made', '/trpc', { 'sec-fetch-site': 'cross-site' }, 403],
    [
      'of Socket.IO from a foreign page',
      '/socket.io/?EIO=4&transport=websocket',
      { origin: 'https://evil.example' },
      400,
    ],
  ])('%s is refused', async (_name, path, headers, status) => {
    await using server = await startTestServer();
    const { refused } = open(server.url + path, headers);
    expect(await refused).toBe(status);
  });

  it('of anything but a WebSocket is an ordinary request', async () => {
    await using server = await startTestServer();
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.write('GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(data.toString()).toMatch(/^HTTP\/1.1 200/);
  });

  it('with a malformed Host or a reset in its middle harms nobody', async () => {
    await using server = await startTestServer();
    for (const host of ['%%%', '']) {
      const socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.resume();
      socket.write(
        `GET /trpc HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      );
      if (host === '') socket.resetAndDestroy();
      await once(socket, 'close');
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});

describe('a socket', () => {
  it.each([
    ['no JSON', 'hello'],
    ['a number', '7'],
    ['null', 'null'],
    ['a call without a path', '{"id":1,"method":"query"}'],
    ['a call without an id', '{"id":null,"method":"query","params":{"path":"system.info"}}'],
    ['an unknown method', '{"id":1,"method":"destroy","params":{"path":"system.info"}}'],
    ['a path of the prototype', ask(1, '__proto__')],
    ['a binary frame', Buffer.from([0, 255, 1])],
  ])('that sends %s gets a typed error and stays usable', async (_name, message) => {
    await using server = await startTestServer();
    const { ws, opened } = open(`${server.url}/trpc`);
    await opened;
    ws.send(message);
    expect(await answer(ws)).toMatchObject({ error: { json: { data: { httpStatus: expect.any(Number) } } } });
    ws.send(ask(2));
    expect(await answer(ws)).toMatchObject({ id: 2, result: { type: 'data' } });
    ws.terminate();
  });

  it.each([
    ['malformed connectionParams', 'hello', 1005],
    ['connectionParams that are a list', '[]', 1005],
    ['a token that is none', '{"method":"connectionParams","data":{"token":"amanda_x"}}', 1005],
  ])('that begins with %s is closed, and the server goes on', async (_name, message, code) => {
    await using server = await startTestServer();
    const { ws, opened, closed } = open(`${server.url}/trpc?connectionParams=1`);
    await opened;
    ws.send(message);
    expect(await closed).toBe(code);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  it('that announces connectionParams and never sends them is closed', async () => {
    await using server = await startTestServer(quick({ firstMessageMs: 1, tickMs: 5 }));
    const { closed } = open(`${server.url}/trpc?connectionParams=1`);
    expect(await closed).toBe(4408);
  });

  it('that does not answer a ping is cut, one that does is not', async () => {
    // The ticker and its clock stand still until they are turned.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    await using server = await startTestServer(quick({ pingMs: 30_000, pongMs: 15_000, tickMs: 2_500 }));
    const [dead, alive] = [open(`${server.url}/trpc`), open(`${server.url}/trpc`)];
    await Promise.all([dead.opened, alive.opened]);
    const pinged = new Promise<void>((resolve) => {
      alive.ws.on('message', (data: Buffer) => {
        if (data.toString() === 'PING') resolve();
      });
    });
    vi.advanceTimersByTime(32_500);
    await pinged;
    alive.ws.send('PONG');
    // What is answered after it shows that it was heard.
    alive.ws.send(ask(1));
    expect(await answer(alive.ws)).toMatchObject({ id: 1 });
    vi.advanceTimersByTime(17_500);
    expect(await dead.closed).toBe(1006);
    expect(alive.ws.readyState).toBe(alive.ws.OPEN);
    alive.ws.terminate();
  });

  it.each([
    [
      'one byte too much',
      Buffer.alloc(defaultHostConfig.sockets.maxPayload + 1, 'a'),
      { binary: false },
      1009,
    ],
    ['what is no UTF-8', Buffer.from([0xc3, 0x28]), { binary: false }, 1007],
  ])('that sends %s is closed', async (_name, message, options, code) => {
    await using server = await startTestServer();
    const { ws, opened, closed } = open(`${server.url}/trpc`);
    await opened;
    ws.send(message, options);
    expect(await closed).toBe(code);
  });

  it('has a limited number of subscriptions', async () => {
    await using server = await startTestServer({
      ...quick({ subscriptionsPerSocket: 3 }),
      script: fallsSilentAfter('a'),
    });
    const user = await server.signUp();
    const { ws, opened } = open(`${server.url}/trpc`, { cookie: user.cookie });
    await opened;
    const codes: unknown[] = [];
    const refused = new Promise<void>((resolve) =>
      ws.on('message', (data: Buffer) => {
        const { error } = JSON.parse(data.toString());
        if (error === undefined) return;
        codes.push(error.json.data.amanda.code);
        if (codes.length === 7) resolve();
      }),
    );
    const watch = (id: number) => ({
      id,
      method: 'subscription',
      params: { path: 'events.watch', input: { json: {} } },
    });
    ws.send(JSON.stringify(Array.from({ length: 10 }, (_, id) => watch(id))));
    await refused;
    expect(new Set(codes)).toEqual(new Set(['TOO_MANY_SUBSCRIPTIONS']));
    ws.terminate();
  });

  it('is one of a limited number: of a user, and of strangers from one address', async () => {
    const connections = { ...defaultHostConfig.connections, perUser: 2, strangersPerAddress: 2 };
    await using server = await startTestServer({ config: { connections } });
    const user = await server.signUp();
    const mine = [1, 2].map(() => open(`${server.url}/trpc`, { cookie: user.cookie }));
    const strangers = [1, 2].map(() => open(`${server.url}/trpc`));
    await Promise.all([...mine, ...strangers].map(({ opened }) => opened));
    expect(await open(`${server.url}/trpc`, { cookie: user.cookie }).closed).toBe(4429);
    expect(await open(`${server.url}/trpc`).refused).toBe(429);
    for (const { ws } of [...mine, ...strangers]) ws.terminate();
  });

  it('that never reads is not fed, and is sent away to resume', async () => {
    const sentAway = deferred();
    const log: Log = {
      ...silentLog,
      info: (_fields, text) => (text.includes('too slow') ? sentAway.resolve() : undefined),
    };
    await using server = await startTestServer({
      ...quick({ slowReaderMs: 1, tickMs: 5 }),
      script: says(...Array<string>(15).fill('x'.repeat(60_000))),
      log,
    });
    const user = await server.signUp();
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});
    const sent = await client.api.message.send.mutate({ chatId: chat.id, text: 'Hi' });
    using reader = followAnswer(client, sent);
    await reader.ended;

    const { ws, opened, closed } = open(`${server.url}/trpc`, { cookie: user.cookie });
    await opened;
    ws.pause();
    const params = { path: 'message.stream', input: { json: { messageId: sent.messageId } } };
    const viewers = Array.from({ length: 90 }, (_, id) => ({ id, method: 'subscription', params }));
    ws.send(JSON.stringify(viewers));
    await sentAway.promise;
    ws.resume();
    expect([1006, 1013]).toContain(await closed);

    using again = followAnswer(client, { messageId: sent.messageId });
    await again.ended;
    expect(again.text).toHaveLength(900_000);
  });
});
