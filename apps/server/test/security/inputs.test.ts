import { startTestServer, type TestServer, type TestUser } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type HttpClient, httpClient, inTurns } from './http-client.ts';
import { type Procedure, procedures } from './procedures.ts';
import { connectionsFallTo, openConnections, type Talk, talk } from './sockets.ts';
import { at, errorIn, errorOf, type TypedError } from './typed-error.ts';
import { type Attempt, attemptsOn } from './wrong-input.ts';

/** They would end the session that the others of this suite use. */
const endings = ['auth.signUp', 'auth.logIn', 'auth.logOut', 'user.deleteAccount'];

let server: TestServer;
let user: TestUser;
let http: HttpClient;
let socket: Talk;
beforeAll(async () => {
  server = await startTestServer();
  user = await server.signUp();
  http = httpClient(server.port);
  socket = await talk(`${server.url}/trpc`, { cookie: user.cookie });
});
afterAll(async () => {
  http[Symbol.dispose]();
  socket[Symbol.dispose]();
  await server.close();
});

/** Attempts that may be made: one that the contract takes may also do what it asks for. */
function attemptsFor(procedure: Procedure): readonly Attempt[] {
  const mayDoIt = procedure.type !== 'subscription' && !endings.includes(procedure.path);
  return attemptsOn(procedure).filter(({ isWrong }) => isWrong || mayDoIt);
}

const refusals = ['INVALID_INPUT', 'NOT_OVER_WEBSOCKET', 'METHOD_NOT_ALLOWED'];

function judge(error: TypedError | null, attempt: Attempt): void {
  if (
    error === null
      ? attempt.isWrong
      : error.status >= 500 || (attempt.isWrong && !refusals.includes(error.code))
  ) {
    throw new Error(`${attempt.name}: ${JSON.stringify(error)} for ${attempt.text.slice(0, 300)}`);
  }
}

const isHealthy = async () => (await http.ask('/health')).status === 200;

describe.each(procedures)('$path, given each kind of wrong input', (procedure) => {
  const { path, type } = procedure;
  const attempts = attemptsFor(procedure);
  /** What fits into the URL of a query; `http.test.ts` has those that do not. */
  const isSendable = ({ text }: Attempt) => type === 'mutation' || encodeURIComponent(text).length < 12_000;

  it('says so over HTTP', async () => {
    await inTurns(attempts.filter(isSendable), async (attempt) => {
      const headers = { cookie: user.cookie };
      const answer =
        type === 'mutation'
          ? await http.post(`/trpc/${path}`, attempt.text, headers)
          : await http.ask(`/trpc/${path}?input=${encodeURIComponent(attempt.text)}`, { headers });
      const error = errorOf(answer);
      judge(error, attempt);
      expect(answer.status).toBe(type === 'subscription' ? 200 : (error?.status ?? 200));
    });
    expect(await isHealthy()).toBe(true);
  });

  it('says so in a batch, beside a call that is answered', async () => {
    // Subscriptions are not batched.
    const batched = type === 'subscription' ? [] : attempts.filter(isSendable);
    await inTurns(batched, async (attempt) => {
      const headers = { cookie: user.cookie };
      const beside = type === 'mutation' ? 'user.updateProfile' : 'system.info';
      const right = type === 'mutation' ? '{"json":{"displayName":"Ada"}}' : '{}';
      const inputs = `{"0":${attempt.text},"1":${right}}`;
      const url = `/trpc/${path},${beside}?batch=1`;
      const answer =
        type === 'mutation'
          ? await http.post(url, inputs, headers)
          : await http.ask(`${url}&input=${encodeURIComponent(inputs)}`, { headers });
      const answers = answer.json();
      judge(errorIn(at(answers, 0)), attempt);
      expect(errorIn(at(answers, 1))).toBeNull();
    });
    expect(await isHealthy()).toBe(true);
  });

  it('says so over a WebSocket, which stays usable', async () => {
    await inTurns(attempts, async (attempt) => {
      judge(errorIn(await socket.ask({ method: type, path, input: attempt.text })), attempt);
    });
    expect(errorIn(await socket.ask({ method: 'query', path: 'system.info', input: '{}' }))).toBeNull();
  });

  it('is refused by another method', async () => {
    const [wrong, method] = type === 'mutation' ? ['GET', 'query'] : ['POST', 'mutation'];
    const headers = { cookie: user.cookie, 'content-type': 'application/json' };
    const answer = await http.ask(`/trpc/${path}`, {
      method: wrong,
      headers,
      body: wrong === 'POST' ? '{}' : undefined,
    });
    expect(errorOf(answer)?.status).toBe(405);
    const overSocket = errorIn(await socket.ask({ method, path, input: '{}' }));
    expect(overSocket?.status).toBe(404);
  });

  it('takes no 10 MB', async () => {
    const text = `{"json":{"password":"${'x'.repeat(10_000_000)}"}}`;
    const answer = await http.post(`/trpc/${path}`, text, { cookie: user.cookie });
    expect([answer.status, errorIn(answer.json())?.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(await isHealthy()).toBe(true);
  });
});

it.each(['query', 'mutation', 'subscription'])('a socket on which a %s has 10 MB is closed', async (type) => {
  using large = await talk(`${server.url}/trpc`, { cookie: user.cookie });
  const input = `{"json":{"text":"${'x'.repeat(10_000_000)}"}}`;
  large.ws.send(`{"id":1,"method":"${type}","params":{"path":"message.send","input":${input}}}`);
  expect(await large.closed).toBe(1009);
  expect(await isHealthy()).toBe(true);
});

it('leaves no connection behind', async () => {
  await using other = await startTestServer();
  const before = openConnections();
  const client = httpClient(other.port);
  await inTurns(
    Array.from({ length: 50 }, () => '{"json":'),
    async (text) => {
      expect((await client.post('/trpc/auth.logIn', text)).status).toBe(400);
    },
  );
  client[Symbol.dispose]();
  expect(await connectionsFallTo(before)).toBeLessThanOrEqual(before);
});
