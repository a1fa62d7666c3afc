import { once } from 'node:events';
import { defaultHostConfig } from '@amanda/host';
import { startTestServer, type TestServer } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type HttpClient, httpClient, speak } from './http-client.ts';
import { errorOf } from './typed-error.ts';

let server: TestServer;
let http: HttpClient;
beforeAll(async () => {
  server = await startTestServer({
    config: { bodyLimit: 100_000, callBytes: 100_000 },
  });
  http = httpClient(server.port);
});
afterAll(async () => {
  http[Symbol.dispose]();
  await server.close();
});

/** The status of the first answer; 0 when the server hung up without one. */
const statusOf = (answers: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answers)?.[1] ?? 0);
const count = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 \d{3} /g)].length;

describe('a request whose length is told twice', () => {
  const inner = 'GET /api/user/profile HTTP/1.1\r\nHost: a\r\n\r\n';
  it.each([
    ['by a length and by chunks', 'Content-Length: 6\r\nTransfer-Encoding: chunked', `0\r\n\r\n${inner}`],
    ['by chunks and by a length', 'Transfer-Encoding: chunked\r\nContent-Length: 6', `0\r\n\r\n${inner}`],
    ['by two lengths', 'Content-Length: 5\r\nContent-Length: 6', `{}   ${inner}`],
    ['by a length with a sign', 'Content-Length: +2', `{}${inner}`],
    ['by a list of lengths', 'Content-Length: 2, 2', `{}${inner}`],
    ['by an unknown coding', 'Transfer-Encoding: xchunked', `0\r\n\r\n${inner}`],
    ['by chunks that are not the last coding', 'Transfer-Encoding: chunked, identity', `0\r\n\r\n${inner}`],
    ['by a header with a space before its colon', 'Transfer-Encoding : chunked', `0\r\n\r\n${inner}`],
    ['by a folded header', 'Transfer-Encoding:\r\n chunked', `0\r\n\r\n${inner}`],
    ['by a chunk that is no number', 'Transfer-Encoding: chunked', `zz\r\n\r\n${inner}`],
    ['by a chunk beyond all numbers', 'Transfer-Encoding: chunked', `${'f'.repeat(20)}\r\n\r\n${inner}`],
    ['by lines that end without CR', 'Transfer-Encoding: chunked\nX: y', `0\n\n${inner}`],
  ])('%s smuggles no second one', async (_name, header, body) => {
    const answers = await speak(
      server.port,
      `POST /api/auth/logout HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${header}\r\nConnection: close\r\n\r\n${body}`,
    );
    expect(statusOf(answers)).toBe(400);
    expect(count(answers)).toBe(1);
  });
});

describe('a request that is odd', () => {
  it.each([
    ['without Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['with two hosts', 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ['of HTTP/9', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n', 400],
    ['of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['by an unknown method', 'HACK / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['by TRACE', 'TRACE /api/auth/check HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 405],
    ['with NUL in its path', 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['with NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n', 400],
    ['with a huge header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
    ['with 5,000 headers', `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(5_000)}\r\n`, 431],
    ['of noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
  ])('%s is refused', async (_name, request, status) => {
    expect(statusOf(await speak(server.port, request))).toBe(status);
    expect((await http.ask('/health')).status).toBe(200);
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('by %s at a procedure is told what is allowed', async (method) => {
    const answer = await http.ask('/trpc/auth.check', { method });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, POST']);
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/xml',
    'x',
  ])('with a body of %s changes nothing', async (type) => {
    const body = '{"email":"a@example.org","password":"correct horse battery"}';
    for (const path of ['/api/auth/signup', '/trpc/auth.signUp']) {
      const answer = await http.post(path, body, { 'content-type': type });
      expect([400, 415]).toContain(answer.status);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  });
});

describe('a batch', () => {
  it.each([',', '%2C'])('whose path is 5,000 of %s is refused', async (comma) => {
    const answer = await http.ask(`/trpc/${comma.repeat(5_000)}?batch=1`);
    expect([400, 404]).toContain(answer.status);
    expect(answer.status).toBe(errorOf(answer)?.status);
  });

  it('of 1,000 logins tries none of them', async () => {
    const user = await server.signUp();
    const input = { json: { email: user.email, password: user.password } };
    const inputs = JSON.stringify(
      Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [index, input])),
    );
    const answer = await http.post(`/trpc/${Array(1_000).fill('auth.logIn').join(',')}?batch=1`, inputs);
    expect(answer.status).toBe(400);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('a slow request', () => {
  it('of one-byte chunks is read like any other', async () => {
    const answers = await speak(server.port, (socket) => {
      socket.setNoDelay(true);
      const chunks = Array.from('{"email":"x"}')
        .map((letter) => `1\r\n${letter}\r\n`)
        .join('');
      const request = `POST /api/auth/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
      for (const byte of Buffer.from(request)) socket.write(Buffer.of(byte));
    });
    expect(statusOf(answers)).toBe(400);
    expect(answers).toContain('Email and password are required');
  });

  it('has times for its headers, its whole and its rest that are far below those of Node', () => {
    const { headersMs, requestMs, keepAliveMs } = defaultHostConfig.http;
    expect([headersMs, requestMs, keepAliveMs]).toEqual([10_000, 30_000, 10_000]);
  });

  it('that is cut in its body leaves nothing', async () => {
    const answers = await speak(server.port, async (socket) => {
      socket.write(
        'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
      );
      await once(socket, 'connect');
      socket.resetAndDestroy();
    });
    expect(count(answers)).toBe(0);
    expect((await http.ask('/health')).status).toBe(200);
  });
});
