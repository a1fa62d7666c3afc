import { startTestServer, type TestServer, type TestUser, trpcClient } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type HttpClient, httpClient } from './http-client.ts';
import { talk } from './sockets.ts';
import { at, errorIn, errorOf } from './typed-error.ts';

let server: TestServer;
let http: HttpClient;
let user: TestUser;
let messageId: number;
let ids: { foreign: string; own: string };
beforeAll(async () => {
  server = await startTestServer();
  http = httpClient(server.port);
  user = await server.signUp();
  await using client = trpcClient({ url: server.url, cookie: user.cookie });
  const answerIn = async () => {
    const { id: chatId } = await client.api.chat.create.mutate({});
    const sent = await client.api.message.send.mutate({ chatId, text: 'Hi' });
    await client.api.message.stop.mutate({ messageId: sent.messageId });
    return sent;
  };
  const [mine, other] = [await answerIn(), await answerIn()];
  ({ messageId } = mine);
  ids = { own: mine.eventId, foreign: other.eventId };
});
afterAll(async () => {
  http[Symbol.dispose]();
  await server.close();
});

const malformed = [
  '',
  'x',
  '1',
  ':',
  '1:',
  ':1',
  '-1:0',
  '1:-1',
  '1:1e3',
  '0x1:0',
  '1:1.',
  '1:0.e.e',
  '١:٠',
  '9007199254740993:0',
  '1:9007199254740993',
  `1:${'9'.repeat(100)}`,
  '1:0 ',
  ' 1:0',
  '__proto__',
  "1:0' OR '1'='1",
];

/** The first thing that a stream says when it is to go on from an event id. */
async function firstOver(surface: 'ws' | 'sse', lastEventId: string) {
  const input = JSON.stringify({ json: { messageId, lastEventId } });
  const headers = { cookie: user.cookie };
  if (surface === 'sse') {
    const answer = await http.ask(`/trpc/message.stream?input=${encodeURIComponent(input)}`, { headers });
    const type = /^data: .*"type":"(\w+)"/m.exec(answer.text)?.[1];
    return { code: errorOf(answer)?.code, type };
  }
  using socket = await talk(`${server.url}/trpc`, headers);
  const answer = await socket.ask({ method: 'subscription', path: 'message.stream', input });
  return { code: errorIn(answer)?.code, type: at(answer, 'result', 'data', 'json', 'data', 'type') };
}

describe.each(['ws', 'sse'] as const)('over %s, an event id', (surface) => {
  it.each(malformed)('that is %j gets a typed error', async (lastEventId) => {
    expect((await firstOver(surface, lastEventId)).code).toMatch(/^INVALID_(EVENT_ID|INPUT)$/);
  });

  it('of another chat gets a typed error', async () => {
    expect((await firstOver(surface, ids.foreign)).code).toBe('INVALID_EVENT_ID');
  });

  it('that lies in the future gets all of the text anew', async () => {
    const [run] = ids.own.split(':');
    expect((await firstOver(surface, `${run}:1000000`)).type).toBe('reset');
  });

  it('that is 200 characters too long is refused', async () => {
    expect((await firstOver(surface, `1:${'1'.repeat(400)}`)).code).toBe('INVALID_INPUT');
  });
});

it.each([...malformed, '0:0', 'x:99999999'])(
  'the change feed given the place %j starts anew or refuses it',
  async (lastEventId) => {
    using socket = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    const input = JSON.stringify({ json: { lastEventId } });
    const answer = await socket.ask({ method: 'subscription', path: 'events.watch', input });
    const outcome = errorIn(answer)?.code ?? at(answer, 'result', 'data', 'json', 'data', 'type');
    expect(['INVALID_EVENT_ID', 'INVALID_INPUT', 'reset', 'ready']).toContain(outcome);
  },
);
