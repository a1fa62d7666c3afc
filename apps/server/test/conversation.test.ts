import { once } from 'node:events';
import { type AiScript, pause, says } from '@amanda/ai-client/scripted';
import {
  deferred,
  faultProxy,
  followAnswer,
  startTestServer,
  type TestUser,
  trpcClient,
} from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

/** Says 200 pieces, and waits before the second half until it is told. */
function inHalves(go: Promise<void>): { script: AiScript; text: string } {
  const pieces = Array.from({ length: 200 }, (_, index) => `piece ${index} 🙂, `);
  const script: AiScript = async function* (_request, { signal }) {
    yield* pieces.slice(0, 100);
    await pause(go, signal);
    yield* pieces.slice(100);
    yield { done: true };
  };
  return { script, text: pieces.join('') };
}

describe('a conversation over tRPC', () => {
  it('goes on after the link was cut in mid-answer', async () => {
    const go = deferred();
    const { script, text } = inHalves(go.promise);
    await using server = await startTestServer({ script });
    await using proxy = await faultProxy({ target: server });
    const user = await server.signUp();
    await using client = trpcClient({ url: `http://127.0.0.1:${proxy.port}`, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});
    const sent = await client.api.message.send.mutate({ chatId: chat.id, text: 'Count!' });
    using answer = followAnswer(client, sent);
    await answer.grows(500);

    proxy.cut();
    go.resolve();
    // The answer goes on without anybody who watches.
    await using other = trpcClient({ url: server.url, cookie: user.cookie });
    using elsewhere = followAnswer(other, sent);
    await elsewhere.ended;
    proxy.up();

    const end = await answer.ended;
    expect(end).toMatchObject({ status: 'complete', message: { text } });
    expect(answer.text).toBe(text);
    const { items } = await client.api.message.list.query({ chatId: chat.id });
    expect(items.map((message) => message.text)).toEqual(['Count!', text]);
  });

  it('works through a link that slices and delays', async () => {
    const { script, text } = inHalves(Promise.resolve());
    await using server = await startTestServer({ script });
    await using proxy = await faultProxy({
      target: server,
      shape: { sliceBytes: 300, latencyMs: 1 },
      seed: 7,
    });
    const user = await server.signUp();
    await using client = trpcClient({
      url: `http://127.0.0.1:${proxy.port}`,
      cookie: user.cookie,
      over: 'ws',
    });
    const chat = await client.api.chat.create.mutate({});
    using answer = followAnswer(
      client,
      await client.api.message.send.mutate({ chatId: chat.id, text: 'Count!' }),
    );
    await answer.ended;
    expect(answer.text).toBe(text);
  });

  it('gives every one of 20 clients all of its 200 pieces', async () => {
    const { script, text } = inHalves(Promise.resolve());
    await using server = await startTestServer({ script });
    // The queue of password hashes is not what is tested: everybody is there before they talk at once.
    const users = await sequence(20, () => server.signUp());
    const talk = async (user: TestUser) => {
      await using client = trpcClient({ url: server.url, cookie: user.cookie });
      const chat = await client.api.chat.create.mutate({});
      using answer = followAnswer(
        client,
        await client.api.message.send.mutate({ chatId: chat.id, text: 'Go' }),
      );
      const end = await answer.ended;
      return { shown: answer.text === text, stored: end.message?.text === text, status: end.status };
    };
    const outcomes = await Promise.all(users.map(talk));
    expect(outcomes).toEqual(users.map(() => ({ shown: true, stored: true, status: 'complete' })));
  });

  it('can be followed by server-sent events where WebSockets are blocked', async () => {
    await using server = await startTestServer({ script: says('Hello ', 'there') });
    const user = await server.signUp();
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});
    const sent = await client.api.message.send.mutate({ chatId: chat.id, text: 'Hi' });
    const input = encodeURIComponent(JSON.stringify({ json: { messageId: sent.messageId } }));
    const response = await fetch(`${server.url}/trpc/message.stream?input=${input}`, {
      headers: { cookie: user.cookie, accept: 'text/event-stream' },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const body = await response.text();
    expect(body).toContain('"status":"complete"');
    expect(body).toContain(`id: ${sent.runId}:11.e`);
  });
});

/** Does something several times, one after another. */
async function sequence<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < times; round += 1) results.push(await work());
  return results;
}

describe('a call without input over a WebSocket', () => {
  it('was refused as wrong input when its message had no input at all', async () => {
    await using server = await startTestServer();
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/trpc`);
    await once(socket, 'open');
    const answer = once(socket, 'message');
    socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'auth.check' } }));
    const [text] = await answer;
    socket.close();
    expect(JSON.parse(String(text))).toMatchObject({
      id: 1,
      result: { data: { json: { authenticated: false } } },
    });
  });
});
