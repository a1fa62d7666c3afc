import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { defaultHostConfig, type HostConfig } from '@amanda/host';
import { deferred, startTestServer, type TestServer } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

const bounded = (limits: Partial<HostConfig['connections']>) => ({
  config: { connections: { ...defaultHostConfig.connections, ...limits } },
});

/** One lasting connection, or what its peer was told instead. */
interface Attempt {
  /** Null when it stands. */
  readonly refusal: unknown;
  /** Ends it; resolves when the server has seen that. */
  leave(): Promise<void>;
}

type Transport = (server: TestServer, headers: Record<string, string>) => Promise<Attempt>;

const gone = () => Promise.resolve();

/** Attempts a WebSocket and asks for one frame, by which it is known whether it stands. */
async function overSocket(url: string, headers: Record<string, string>, ask: string): Promise<Attempt> {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  const outcome = deferred<unknown>();
  ws.on('error', () => {});
  ws.on('open', () => ask !== '' && ws.send(ask));
  ws.on('message', (data: Buffer) => outcome.resolve(/"id":1|^40/.test(data.toString()) ? null : undefined));
  ws.on('close', (code) => outcome.resolve(code));
  ws.on('unexpected-response', (_request, response) => {
    void text(response).then((body) => outcome.resolve([response.statusCode, body]));
  });
  let refusal = await outcome.promise;
  // Engine.IO says `open` before Socket.IO says anything.
  if (refusal === undefined) {
    const [data] = (await once(ws, 'message')) as [Buffer];
    refusal = data.toString().startsWith('40') ? null : data.toString();
  }
  return {
    refusal,
    async leave() {
      if (ws.readyState === ws.CLOSED) return;
      ws.close();
      await once(ws, 'close');
    },
  };
}

const trpcSocket: Transport = (server, headers) =>
  overSocket(
    `${server.url}/trpc`,
    headers,
    JSON.stringify({ id: 1, method: 'query', params: { path: 'system.info', input: {} } }),
  );

const socketIo: Transport = (server, headers) =>
  overSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`, headers, '40');

const events: Transport = async (server, headers) => {
  const { signal, abort } = (() => {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort() };
  })();
  const response = await fetch(`${server.url}/trpc/events.watch`, { headers, signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let said = '';
  while (!/event: serialized-error|"type":"ready"/.test(said)) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: '' };
    if (done) break;
    said += value;
  }
  const code = /"code":"(TOO_\w+|UNAUTHENTICATED|SHUTTING_DOWN)","text"/.exec(said)?.[1];
  return {
    refusal: code === undefined ? null : [response.status, response.headers.get('content-type'), code],
    leave: async () => abort(),
  };
};

const polling: Transport = async (server, headers) => {
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const response = await fetch(url, { headers });
  const body = await response.text();
  if (!response.ok) return { refusal: [response.status, JSON.parse(body).message], leave: gone };
  const { sid } = JSON.parse(body.slice(1)) as { sid: string };
  const leave = async () => void (await fetch(`${url}&sid=${sid}`, { method: 'POST', headers, body: '1' }));
  return { refusal: null, leave };
};

const tooMany = 'Too many connections at once. Please close some and try again.';
const stream = 'text/event-stream';
const transports: readonly (readonly [string, Transport, unknown])[] = [
  ['a tRPC WebSocket', trpcSocket, 4429],
  ['an event stream', events, [200, stream, 'TOO_MANY_CONNECTIONS']],
  ['Socket.IO by polling', polling, [403, tooMany]],
  ['Socket.IO over a WebSocket', socketIo, [400, tooMany]],
];

describe.each(transports)('%s', (_name, open, refusal) => {
  it('is one of the connections that a user may have, whatever carries them', async () => {
    await using server = await startTestServer(bounded({ perUser: 4 }));
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const held = await Promise.all(transports.map(([, other]) => other(server, { cookie: ada.cookie })));
    expect(held.map((attempt) => attempt.refusal)).toEqual([null, null, null, null]);
    expect((await open(server, { cookie: ada.cookie })).refusal).toEqual(refusal);
    expect((await open(server, { cookie: bob.cookie })).refusal).toBeNull();
    for (const attempt of held) await attempt.leave();
    // Each had a place, and has given it back.
    const again = await Promise.all(held.map(() => settled(() => open(server, { cookie: ada.cookie }))));
    expect(again.map((attempt) => attempt.refusal)).toEqual([null, null, null, null]);
  });
});

/** Attempts until a connection stands: the server sees the end of the last one after its client does. */
async function settled(attempt: () => Promise<Attempt>): Promise<Attempt> {
  for (;;) {
    const made = await attempt();
    if (made.refusal === null) return made;
  }
}

describe('an address', () => {
  it('has places for its users, and others for strangers', async () => {
    await using server = await startTestServer(bounded({ strangersPerAddress: 2, usersPerAddress: 2 }));
    const users = [await server.signUp(), await server.signUp(), await server.signUp()];
    expect((await trpcSocket(server, {})).refusal).toBeNull();
    expect((await polling(server, {})).refusal).toBeNull();
    expect((await trpcSocket(server, {})).refusal).toEqual([429, expect.stringContaining('Too Many')]);
    expect((await polling(server, {})).refusal).toEqual([403, tooMany]);
    const [ada, bob, eve] = users.map(({ cookie }) => ({ cookie }));
    expect((await trpcSocket(server, ada ?? {})).refusal).toBeNull();
    expect((await events(server, bob ?? {})).refusal).toBeNull();
    expect((await socketIo(server, eve ?? {})).refusal).toEqual([400, tooMany]);
    // What does not last has no place and needs none.
    expect((await fetch(`${server.url}/api/auth/check`, { headers: eve ?? {} })).status).toBe(200);
  });

  it('has a bounded number of TCP connections, also of those that say nothing', async () => {
    await using server = await startTestServer(bounded({ openPerAddress: 5 }));
    const sockets: Socket[] = [];
    const closed = () => sockets.filter((socket) => socket.closed);
    for (let index = 0; index < 8; index += 1) {
      const socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
    }
    for (const socket of sockets.slice(5)) if (!socket.closed) await once(socket.resume(), 'close');
    expect(closed()).toHaveLength(3);
    expect(closed().map((socket) => socket.bytesRead)).toEqual([0, 0, 0]);
    // One that leaves makes room.
    const [leaver] = sockets;
    if (leaver === undefined) throw new Error('no socket');
    leaver.write('GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await text(leaver)).toMatch(/^HTTP\/1.1 200/);
    for (;;) {
      const answer = await fetch(`${server.url}/health`).catch(() => null);
      if (answer?.status === 200) break;
    }
    for (const socket of sockets) socket.destroy();
  });
});

it('a thousand streams of one account leave everybody else their place', { timeout: 120_000 }, async () => {
  await using server = await startTestServer();
  const [ada, bob] = [await server.signUp(), await server.signUp()];
  const request = `GET /trpc/events.watch HTTP/1.1\r\nHost: a\r\nCookie: ${ada.cookie}\r\n\r\n`;
  const sockets = Array.from({ length: 1000 }, () => {
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write(request);
    return socket;
  });
  const outcomes = sockets.map((socket) => {
    const outcome = deferred<string | undefined>();
    let said = '';
    socket.on('data', (part) => {
      said += String(part);
      const found = /"type":"ready"|TOO_MANY_CONNECTIONS/.exec(said)?.[0];
      if (found !== undefined) outcome.resolve(found);
    });
    socket.on('close', () => outcome.resolve(said));
    return outcome.promise;
  });
  expect((await trpcSocket(server, { cookie: bob.cookie })).refusal).toBeNull();
  const seen = await Promise.all(outcomes);
  expect(seen.filter((outcome) => outcome === '"type":"ready"')).toHaveLength(100);
  expect(seen.filter((outcome) => outcome === 'TOO_MANY_CONNECTIONS')).toHaveLength(900);
  expect((await events(server, { cookie: bob.cookie })).refusal).toBeNull();
  for (const socket of sockets) socket.destroy();
});

describe('a bearer token that comes later', () => {
  const params = (token: string) => JSON.stringify({ method: 'connectionParams', data: { token } });

  it('makes a stranger on a WebSocket one of the connections of its user', async () => {
    await using server = await startTestServer(bounded({ perUser: 1, strangersPerAddress: 1 }));
    const { id } = await server.signUp();
    const { secret: token } = await server.core.tokens.create(id, { name: 'phone' });
    const open = async () => {
      const ws = new WebSocket(`${server.url.replace(/^http/, 'ws')}/trpc?connectionParams=1`);
      const closed = new Promise<number>((resolve) => ws.on('close', resolve));
      await once(ws, 'open');
      ws.send(params(token));
      ws.send('{"id":1,"method":"query","params":{"path":"user.profile","input":{}}}');
      const answered = once(ws, 'message').then(([data]) => JSON.parse(String(data)).result.type);
      return { ws, closed, answered };
    };
    const first = await open();
    expect(await first.answered).toBe('data');
    const second = await open();
    expect(await second.closed).toBe(4429);
    first.ws.terminate();
  });

  it('makes a stranger on Socket.IO one of the connections of its user', async () => {
    await using server = await startTestServer(bounded({ perUser: 1, strangersPerAddress: 1 }));
    const { id } = await server.signUp();
    const { secret: token } = await server.core.tokens.create(id, { name: 'phone' });
    const url = `${server.url}/socket.io/?EIO=4&transport=websocket`;
    const first = await overSocket(url, {}, `40${JSON.stringify({ token })}`);
    expect(first.refusal).toBeNull();
    const second = await overSocket(url, {}, `40${JSON.stringify({ token })}`);
    expect(second.refusal).toBe(`44${JSON.stringify({ message: tooMany })}`);
  });
});

describe('a place is given back', () => {
  it.each([
    ['an old protocol', 'transport=polling&EIO=3', {}],
    ['a malformed key', 'transport=websocket&EIO=4', { 'sec-websocket-key': 'x' }],
    ['an old protocol over a WebSocket', 'transport=websocket&EIO=3', {}],
  ])('by a handshake that Engine.IO refuses: %s', async (_name, query, extra) => {
    await using server = await startTestServer(bounded({ perUser: 1 }));
    const { cookie } = await server.signUp();
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const headers = { host: 'a', cookie, ...(query.includes('websocket') ? upgrade : {}), ...extra };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    for (let round = 0; round < 3; round += 1) {
      const socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.write(`GET /socket.io/?${query} HTTP/1.1\r\n${lines.join('')}\r\n`);
      await once(socket, 'data');
      socket.destroy();
    }
    expect((await settled(() => trpcSocket(server, { cookie }))).refusal).toBeNull();
  });

  it.each(transports)('by %s whose client left during the look-up of its session', async (_name, open) => {
    await using server = await startTestServer(bounded({ perUser: 1 }));
    const { cookie } = await server.signUp();
    const lookUp = server.core.sessions.open.bind(server.core.sessions);
    const [asked, answer] = [deferred(), deferred()];
    Reflect.set(server.core.sessions, 'open', async (id: string) => {
      asked.resolve();
      await answer.promise;
      return await lookUp(id);
    });
    const path = {
      'a tRPC WebSocket': '/trpc',
      'an event stream': '/trpc/events.watch',
      'Socket.IO by polling': '/socket.io/?EIO=4&transport=polling',
    }[_name];
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    const upgrade =
      path === '/trpc' || path === undefined
        ? 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
          'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
        : '';
    socket.write(
      `GET ${path ?? '/socket.io/?EIO=4&transport=websocket'} HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\n${upgrade}\r\n`,
    );
    await asked.promise;
    socket.destroy();
    // A later connection is read after the end of the former one.
    await (await fetch(`${server.url}/health`)).text();
    answer.resolve();
    expect((await settled(() => open(server, { cookie }))).refusal).toBeNull();
  });
});
