import { once } from 'node:events';
import { connect } from 'node:net';
import { deferred, startTestServer, type TestServer, type TestUser } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { enginePath, joined, packets } from './engine-io.ts';
import { frame, rawSocket } from './frames.ts';
import { type HttpClient, httpClient } from './http-client.ts';
import { talk } from './sockets.ts';
import { errorOf } from './typed-error.ts';

/** Holes that the packages under this server have had. Each stays closed. */

let server: TestServer;
let http: HttpClient;
let user: TestUser;
beforeAll(async () => {
  server = await startTestServer();
  http = httpClient(server.port);
  user = await server.signUp();
});
afterAll(async () => {
  http[Symbol.dispose]();
  await server.close();
});

const isHealthy = async () => (await http.ask('/health')).status === 200;

describe('malformed connectionParams, which stopped the server', () => {
  it.each([
    'hello',
    '',
    '{',
    '[]',
    '7',
    'null',
    '{"method":"connectionParams"}',
    '{"method":"connectionParams","data":7}',
    '{"method":"connectionParams","data":{"token":{}}}',
    '{"method":"connectionParams","data":{"__proto__":null}}',
    '{"id":1,"method":"query","params":{"path":"system.info"}}',
  ])('%j ends at most its own socket', async (message) => {
    using bystander = await talk(`${server.url}/trpc`);
    using socket = await talk(`${server.url}/trpc?connectionParams=1`);
    socket.ws.send(message);
    socket.ws.close();
    await socket.closed;
    expect(await bystander.ask({ method: 'query', path: 'system.info', input: '{}' })).toHaveProperty(
      'result',
    );
    expect(await isHealthy()).toBe(true);
  });
});

describe('a batch path made of commas', () => {
  it.each([
    ['GET', ','],
    ['GET', '%2C'],
    ['POST', ','],
  ])('by %s of 15,000 of %s is refused as one', async (method, comma) => {
    const path = `/trpc/${comma.repeat(15_000 / comma.length)}?batch=1`;
    const headers = { 'content-type': 'application/json' };
    const answer = await http.ask(path, method === 'GET' ? {} : { method, headers, body: '{}' });
    expect([400, 404]).toContain(answer.status);
    expect(errorOf(answer)?.status).toBe(answer.status);
    expect(answer.text.length).toBeLessThan(1_000);
  });
});

describe('a message in fragments by the million (here in 100,000)', () => {
  const first = frame({ opcode: 1, fin: false, payload: 'x' });
  const more = frame({ opcode: 0, fin: false, payload: 'x' });
  const flood = Buffer.concat([first, ...Array<Buffer>(100_000).fill(more)]);

  it.each(['/trpc', enginePath('websocket')])('is closed at %s', async (path) => {
    using socket = await rawSocket(server.port, { path, headers: [`Cookie: ${user.cookie}`] });
    socket.tcp.write(flood);
    expect(await socket.closeCode()).toBe(1008);
    expect(await isHealthy()).toBe(true);
  });
});

describe('a Socket.IO packet that announces an absurd number of attachments', () => {
  it.each(['45999999999-["send_message",{"_placeholder":true,"num":0}]', '46999999999-1[]'])(
    '%s is not waited for',
    async (packet) => {
      using socket = await joined(server.url, user.cookie);
      socket.send(packet, ...Array<Buffer>(100).fill(Buffer.alloc(1_000)));
      await socket.closed;
      expect(await isHealthy()).toBe(true);
    },
  );
});

describe('the recovery of a Socket.IO session, which skips the middleware', () => {
  it('is off: nobody is given what it takes', async () => {
    using socket = await joined(server.url, user.cookie);
    expect(await socket.first('40{')).toMatch(/^40\{"sid":"[^"]+"\}$/);
  });

  it('cannot be asked for: who claims to have been there is looked at like anybody else', async () => {
    using before = await joined(server.url, user.cookie);
    const sid = /"sid":"([^"]+)"/.exec((await before.first('40{')) ?? '')?.[1];
    before.ws.terminate();
    await before.closed;
    using after = await packets(server.url, null);
    after.send(`40{"pid":"${sid}","offset":"1","sid":"${sid}"}`);
    expect(await after.first('4')).toBe('44{"message":"Authentication required"}');
  });
});

describe('an error event that nobody listens to', () => {
  it('sent by a client as an event of Socket.IO is one like any other', async () => {
    using socket = await joined(server.url, user.cookie);
    socket.send('42["error",{"message":"x"}]', '42["error"]', '421["stop_message",{}]');
    expect(await socket.first('431[')).toContain('Invalid message data');
  });

  it.each(['/trpc', '/nothing', enginePath('websocket'), `${enginePath('websocket')}&sid=unknown`])(
    'of a connection that is reset in its upgrade to %s harms nobody',
    async (path) => {
      for (const bytes of [0, 5, 100]) {
        const tcp = connect({ port: server.port, host: '127.0.0.1' });
        tcp.on('error', () => {});
        await once(tcp, 'connect');
        tcp.write(
          `GET ${path} HTTP/1.1\r\nHost: a\r\nCookie: ${user.cookie}\r\nConnection: Upgrade\r\n` +
            'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
            `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n${'\xff'.repeat(bytes)}`,
          () => tcp.resetAndDestroy(),
        );
        await once(tcp, 'close');
      }
      expect(await isHealthy()).toBe(true);
    },
  );

  it.each(['/trpc', '/socket.io/?EIO=4&transport=websocket'])(
    'of a connection that is reset while the session of its upgrade to %s is looked up harms nobody',
    async (path) => {
      const asked = deferred();
      const answer = deferred();
      const lookUp = server.core.sessions.open.bind(server.core.sessions);
      vi.spyOn(server.core.sessions, 'open').mockImplementationOnce(async (id) => {
        asked.resolve();
        await answer.promise;
        return await lookUp(id);
      });
      using socket = await rawSocket(server.port, { path, headers: [`Cookie: ${user.cookie}`] });
      await asked.promise;
      socket.tcp.resetAndDestroy();
      // A later connection is read after the end of the former one.
      expect(await isHealthy()).toBe(true);
      answer.resolve();
      expect(await isHealthy()).toBe(true);
    },
  );

  it('of a connection that is reset while a message is on its way harms nobody', async () => {
    for (const path of ['/trpc', enginePath('websocket')]) {
      using socket = await rawSocket(server.port, { path, headers: [`Cookie: ${user.cookie}`] });
      socket.tcp.write(frame({ opcode: 1, payload: 'x', length: 1_000n }), () =>
        socket.tcp.resetAndDestroy(),
      );
      expect(await socket.closeCode()).toBeNull();
    }
    expect(await isHealthy()).toBe(true);
  });
});
