import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { io as connect48 } from 'socket.io-client';
import { io as connect45 } from 'socket.io-client-4.5';
import { describe, expect, test } from 'vitest';
import { type SocketServer, socketServer } from './servers.ts';

/** Debian's, which sees Debian's packages; another Python on the path does not. */
const python = '/usr/bin/python3';
const hasLibraries = spawnSync(python, ['-c', 'import requests, socketio, websocket']).status === 0;
const skipped = hasLibraries
  ? ''
  : ' (SKIPPED: python3-requests, -socketio and -websocket are not installed)';

/** Ends a server as a process does: the links break, then the port closes. @returns the next one on that port */
async function restarted(server: SocketServer): Promise<SocketServer> {
  const port = Number(new URL(server.url).port);
  server.socketIo.drain();
  await server.socketIo.close();
  await server[Symbol.asyncDispose]();
  return socketServer({}, port);
}

describe('a restart brings every client back by itself', () => {
  test.each([
    ['4.5.4', 'polling'],
    ['4.5.4', 'websocket'],
    ['4.8', 'polling'],
    ['4.8', 'websocket'],
  ] as const)('socket.io-client %s over %s', async (version, transport) => {
    await using first = await socketServer();
    const settings = {
      forceNew: true,
      transports: [transport],
      reconnectionDelay: 20,
      extraHeaders: { cookie: 'session=good' },
    };
    const socket = version === '4.8' ? connect48(first.url, settings) : connect45(first.url, settings);
    try {
      const reasons: string[] = [];
      socket.on('disconnect', (reason) => reasons.push(reason));
      await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
      const back = new Promise<void>((resolve) => socket.once('connect', () => resolve()));
      await using second = await restarted(first);
      await back;
      expect(second.url).toBe(first.url);
      expect(reasons).toEqual([expect.stringMatching(/^transport (close|error)$/)]);
    } finally {
      socket.close();
    }
  });

  test.skipIf(!hasLibraries).each(['polling', 'websocket'])(
    `python-socketio over %s${skipped}`,
    async (transport) => {
      await using first = await socketServer();
      const script = join(import.meta.dirname, 'python', 'restart.py');
      const client = spawn(python, [script, first.url, transport], { stdio: ['ignore', 'pipe', 'ignore'] });
      try {
        const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
        expect(await lines.next()).toMatchObject({ value: 'connect' });
        await using second = await restarted(first);
        expect(await lines.next()).toMatchObject({ value: 'connect' });
        expect(second.url).toBe(first.url);
      } finally {
        client.kill('SIGKILL');
        await once(client, 'close');
      }
    },
  );
});

/** A WebSocket whose peer answers nothing, not even a close frame. */
async function silentPeer(server: SocketServer) {
  const socket = connectTcp({ port: Number(new URL(server.url).port), host: '127.0.0.1' });
  socket.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nCookie: session=good\r\n' +
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await once(socket, 'data');
  return socket;
}

test('a peer that says nothing is cut with the others', async () => {
  await using server = await socketServer();
  const socket = await silentPeer(server);
  const closed = once(socket, 'close');
  await server.socketIo.close();
  await closed;
  expect(await server.open()).toBe(0);
});

test('a handshake that waits for its session is not let in after the end began', async () => {
  await using server = await socketServer();
  const answer = Promise.withResolvers<void>();
  const asked = server.holdSessions(answer.promise);
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const poll = fetch(url, { headers: { cookie: 'session=good' } });
  const late = server.connect();
  await asked(2);
  server.socketIo.drain();
  answer.resolve();
  expect((await poll).status).toBe(403);
  expect(await (await poll).json()).toMatchObject({ message: expect.stringContaining('restarting') });
  await late.next('connect_error');
  await server.socketIo.close();
  expect(server.session.released).toBe(2);
});

test('a token that is looked up while the end begins lets nobody join', async () => {
  await using server = await socketServer();
  const answer = Promise.withResolvers<void>();
  const client = server.connect({ headers: {}, auth: { token: 'good token' } });
  const asked = server.holdSessions(answer.promise, 'token');
  await asked(1);
  server.socketIo.drain();
  answer.resolve();
  expect(await client.next('connect_error')).toMatchObject({
    message: expect.stringContaining('restarting'),
  });
  expect(server.session.released).toBe(1);
});
