import { once } from 'node:events';
import { connect } from 'node:net';
import type { Log, RefusalKind } from '@amanda/core';
import { defaultHostConfig } from '@amanda/host';
import { startTestServer, type TestServer, type TestUser } from '@amanda/testing';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { joined, packets, polling } from './engine-io.ts';
import { httpClient } from './http-client.ts';

interface Line {
  readonly kind?: RefusalKind;
  readonly address?: string;
  readonly count?: number;
  readonly userIds?: readonly number[];
}

function linesOf(lines: Line[]): Log {
  const log: Log = {
    debug() {},
    info() {},
    warn: (fields, text) => void (text === 'turned away' && lines.push(fields)),
    error() {},
    child: () => log,
  };
  return log;
}

const secret = 'amanda_0123456789012345678901234567890123456789012';
const foreign = { origin: 'https://evil.example' };

/** Waits until a WebSocket is over, however that comes. */
async function over(url: string, options: { headers?: Record<string, string>; say?: string }): Promise<void> {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), { headers: options.headers ?? {} });
  ws.on('error', () => {});
  ws.on('open', () => ws.send(options.say ?? ''));
  await new Promise((resolve) => ws.on('close', resolve));
}

async function post(server: TestServer, path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  await answer.text();
}

const get = async (server: TestServer, path: string, headers: Record<string, string> = {}) =>
  void (await (await fetch(server.url + path, { headers })).text());

type Act = (server: TestServer, user: TestUser) => Promise<unknown>;

const acts: readonly (readonly [string, RefusalKind, Act])[] = [
  ['a foreign page over HTTP', 'origin', (server) => get(server, '/api/auth/check', foreign)],
  ['a foreign page over a WebSocket', 'origin', (server) => over(`${server.url}/trpc`, { headers: foreign })],
  [
    'a foreign page over Socket.IO',
    'origin',
    (server) => get(server, '/socket.io/?EIO=4&transport=polling', foreign),
  ],
  [
    'a foreign page over a WebSocket of Socket.IO',
    'origin',
    (server) => over(`${server.url}/socket.io/?EIO=4&transport=websocket`, { headers: foreign }),
  ],
  [
    "somebody else's chat over REST",
    'access',
    async (server, { cookie }) => {
      const other = await server.signUp();
      const { id } = await server.core.chats.create(other.id, {});
      await get(server, `/api/chat/${id}/messages`, { cookie });
    },
  ],
  [
    "somebody else's chat over tRPC",
    'access',
    async (server, { cookie }) => {
      const other = await server.signUp();
      const { id: chatId } = await server.core.chats.create(other.id, {});
      await get(server, `/trpc/chat.get?input=${JSON.stringify({ json: { chatId } })}`, { cookie });
    },
  ],
  ['nobody over REST', 'access', (server) => get(server, '/api/chat/list')],
  ['nobody over tRPC', 'access', (server) => get(server, '/trpc/user.profile')],
  [
    'a bearer token that is none',
    'credential',
    (server) => get(server, '/api/auth/check', { authorization: `Bearer ${secret}` }),
  ],
  [
    'a cookie that nobody sealed',
    'credential',
    (server) => get(server, '/api/auth/check', { cookie: `amanda_session=${secret}` }),
  ],
  [
    'a token in connectionParams that is none',
    'credential',
    async (server) => {
      const say = JSON.stringify({ method: 'connectionParams', data: { token: secret } });
      await over(`${server.url}/trpc?connectionParams=1`, { say });
    },
  ],
  [
    'a mailed link that is none',
    'credential',
    (server) => post(server, '/api/auth/verify-email', { token: secret }),
  ],
  [
    'a wrong password',
    'logIn',
    (server, { email }) => post(server, '/api/auth/login', { email, password: secret }),
  ],
  [
    'a batch that is too large',
    'input',
    (server) => get(server, `/trpc/${Array<string>(99).fill('auth.check').join(',')}?batch=1`),
  ],
  ['a body that is no JSON', 'input', (server) => post(server, '/api/auth/login', '{')],
  ['a body that is too large', 'input', (server) => post(server, '/api/auth/login', 'x'.repeat(2_000_000))],
  [
    'fields that there are none of',
    'input',
    (server) => post(server, '/trpc/auth.signUp', { json: { a: 1 } }),
  ],
  [
    'a frame that is too large',
    'frame',
    (server) => over(`${server.url}/trpc`, { say: 'x'.repeat(defaultHostConfig.sockets.maxPayload + 1) }),
  ],
  [
    'joining without a login over Socket.IO',
    'access',
    async (server) => {
      using socket = await packets(server.url, null);
      socket.send('40');
      await socket.first('44');
    },
  ],
  [
    'the connection of somebody else over Socket.IO',
    'access',
    async (server, { cookie }) => {
      using http = httpClient(server.port);
      const { sid } = await polling(http, cookie);
      const other = await server.signUp();
      await get(server, `/socket.io/?EIO=4&transport=polling&sid=${sid}`, { cookie: other.cookie });
    },
  ],
  [
    'an event of a wrong shape over Socket.IO',
    'input',
    async (server, { cookie }) => {
      using socket = await joined(server.url, cookie);
      socket.send(`42["send_message",{"chat_id":"${secret}"}]`);
      await socket.first('42["error"');
    },
  ],
  [
    'a packet that is too large over Socket.IO',
    'frame',
    async (server, { cookie }) => {
      using socket = await joined(server.url, cookie);
      socket.send('x'.repeat(defaultHostConfig.sockets.maxPayload + 1));
      await socket.closed;
    },
  ],
  [
    'a body of too many packets over Socket.IO',
    'frame',
    async (server, { cookie }) => {
      using http = httpClient(server.port);
      await (await polling(http, cookie)).send(Array<string>(1_000).fill('3').join('\x1e'));
    },
  ],
  [
    'what is no HTTP',
    'connection',
    async (server) => {
      const socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.resume().write('nothing like it\r\n\r\n');
      await once(socket, 'close');
    },
  ],
  [
    'a socket too many',
    'connection',
    async (server, { cookie }) => {
      const first = new WebSocket(`${server.url.replace(/^http/, 'ws')}/trpc`, { headers: { cookie } });
      await once(first, 'open');
      await over(`${server.url}/trpc`, { headers: { cookie } });
      first.terminate();
    },
  ],
];

it.each(acts)('%s is counted as %s, once and without what was sent', async (_name, kind, act) => {
  const lines: Line[] = [];
  const connections = { ...defaultHostConfig.connections, perUser: 1 };
  {
    await using server = await startTestServer({ log: linesOf(lines), config: { connections } });
    const user = await server.signUp();
    await act(server, user);
  }
  expect(lines).toEqual([
    { kind, address: '127.0.0.1', count: 1, ...(lines[0]?.userIds === undefined ? {} : { userIds: [1] }) },
  ]);
  expect(JSON.stringify(lines)).not.toContain(secret);
});

it('a limit that is reached is counted, with its user', async () => {
  const lines: Line[] = [];
  {
    await using server = await startTestServer({ log: linesOf(lines), limits: true });
    const { email } = await server.signUp();
    for (let round = 0; round < 25; round += 1) {
      await post(server, '/api/auth/login', { email, password: 'wrong one' });
    }
  }
  expect(lines.map(({ kind }) => kind)).toEqual(['logIn', 'limit']);
  expect(lines.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(25);
});
