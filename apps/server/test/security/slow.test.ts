import type { Socket } from 'node:net';
import { defaultHostConfig } from '@amanda/host';
import { startTestServer, type TestServer } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { speak, statusesIn } from './http-client.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    config: { http: { ...defaultHostConfig.http, headersMs: 500, requestMs: 1_000, keepAliveMs: 100 } },
  });
});
afterAll(() => server.close());

const isHealthy = async () => (await fetch(`${server.url}/health`)).status === 200;
const post = (path: string, length: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;

/** Written at once, or a byte each few milliseconds for as long as the server listens. */
const drip = (first: string) => (socket: Socket) => {
  socket.write(first);
  const timer = setInterval(() => socket.write('x'), 20);
  socket.once('close', () => clearInterval(timer));
};

describe('a request that does not come to its end in time', () => {
  it.each([
    ['in its first line', 'GET /health'],
    ['in a header', 'GET /health HTTP/1.1\r\nHost: a\r\nX: '],
    ['in the header of an upgrade', 'GET /trpc HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nX: '],
  ])('%s gets 408, also when it drips', async (_name, start) => {
    const [silent, dripping] = await Promise.all([
      speak(server.port, start),
      speak(server.port, drip(start)),
    ]);
    expect([silent, dripping].map(statusesIn)).toEqual([[408], [408]]);
    expect(await isHealthy()).toBe(true);
  });

  it.each([
    ['/api/auth/login', 'Content-Length: 100000'],
    ['/trpc/auth.logIn', 'Content-Length: 100000'],
    ['/socket.io/?EIO=4&transport=polling', 'Content-Length: 100000'],
    ['/api/auth/login', 'Transfer-Encoding: chunked'],
  ])('in its body to %s by %s ends, also when it drips', async (path, length) => {
    const chunked = length.startsWith('Transfer');
    const start = post(path, length) + (chunked ? 'fffff\r\n' : '');
    const answers = await Promise.all([speak(server.port, start), speak(server.port, drip(start))]);
    for (const answer of answers) {
      const [status = 0] = statusesIn(answer);
      expect([400, 401, 408]).toContain(status);
    }
    expect(await isHealthy()).toBe(true);
  });
});

it('a connection that is kept alive without another request ends', async () => {
  const answers = await speak(server.port, 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(statusesIn(answers)).toEqual([200]);
});

it('without another word the times are far below those of Node', () => {
  expect(defaultHostConfig.http).toMatchObject({ headersMs: 10_000, requestMs: 30_000, keepAliveMs: 10_000 });
});
