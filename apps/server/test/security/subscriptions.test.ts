import { fallsSilentAfter } from '@amanda/ai-client/scripted';
import { systemClock } from '@amanda/core';
import { startTestServer, type TestServer, trpcClient } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { enginePath } from './engine-io.ts';
import { speak } from './http-client.ts';
import { type Talk, talk } from './sockets.ts';
import { at, errorIn } from './typed-error.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ script: fallsSilentAfter('Well') });
});
afterAll(() => server.close());

const watch = (id: number, path = 'events.watch', json: object = {}) => ({
  id,
  method: 'subscription',
  params: { path, input: { json } },
});

/** What a socket says of its subscriptions, in order: `started`, or the code of an error. */
function saidOn({ ws }: Talk) {
  const said: { id: unknown; what: unknown }[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  ws.on('message', (data: Buffer) => {
    const message: unknown = JSON.parse(data.toString());
    const type = at(message, 'result', 'type');
    if (type !== 'started' && at(message, 'error') === undefined) return;
    said.push({ id: at(message, 'id'), what: type ?? errorIn(message)?.code });
    for (const { count, resolve } of waiting) if (said.length >= count) resolve();
  });
  return (count: number) =>
    new Promise<typeof said>((resolve) => waiting.push({ count, resolve: () => resolve(said) }));
}

describe('a socket', () => {
  it('that uses one id for two subscriptions keeps the first and is told so', async () => {
    const user = await server.signUp();
    using socket = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    const both = saidOn(socket)(2);
    socket.ws.send(JSON.stringify([watch(7), watch(7)]));
    const said = await both;
    expect(said.map(({ id }) => id)).toEqual([7, 7]);
    expect(new Set(said.map(({ what }) => what))).toEqual(new Set(['INVALID_INPUT', 'started']));
    expect(errorIn(await socket.ask({ method: 'query', path: 'system.info', input: '{}' }))).toBeNull();
  });

  it('that stops what is another’s, or nobody’s, stops nothing', async () => {
    const user = await server.signUp();
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    using mine = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    using other = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    const begun = saidOn(mine)(1);
    mine.ws.send(JSON.stringify(watch(7)));
    await begun;
    const told = mine.answerTo(7);
    for (const id of [7, 8, -1, 1e21, '7', '__proto__']) {
      other.ws.send(JSON.stringify({ id, method: 'subscription.stop' }));
    }
    expect(errorIn(await other.ask({ method: 'query', path: 'system.info', input: '{}' }))).toBeNull();
    await client.api.chat.create.mutate({});
    expect(at(await told, 'result', 'type')).toBe('data');
  });

  it('that asks for 10,000 subscriptions has a hundred', async () => {
    const user = await server.signUp();
    using socket = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    // Each begins, for tRPC; those that are too many end at once.
    const all = saidOn(socket)(19_900);
    const ids = Array.from({ length: 10_000 }, (_, id) => id);
    for (let from = 0; from < ids.length; from += 200) {
      socket.ws.send(JSON.stringify(ids.slice(from, from + 200).map((id) => watch(id))));
    }
    const said = await all;
    const refused = said.filter(({ what }) => what === 'TOO_MANY_SUBSCRIPTIONS');
    expect(refused).toHaveLength(9_900);
    expect(errorIn(await socket.ask({ method: 'query', path: 'system.info', input: '{}' }))).toBeNull();
  });

  it('whose session expires while it streams is closed, and the answer goes on', async () => {
    const hour = 3_600_000;
    let ahead = 0;
    const clock = { ...systemClock, now: () => Date.now() + ahead };
    await using server = await startTestServer({ script: fallsSilentAfter('Well'), clock });
    const user = await server.signUp();
    await using owner = trpcClient({ url: server.url, cookie: user.cookie });
    const { id: chatId } = await owner.api.chat.create.mutate({});
    const { messageId } = await owner.api.message.send.mutate({ chatId, text: 'Hi' });
    const { secret } = await owner.api.auth.tokens.create.mutate({
      name: 'short',
      expiresAt: new Date(Date.now() + hour),
    });
    const authorization = `Bearer ${secret}`;
    using socket = await talk(`${server.url}/trpc`, { authorization });
    const begun = saidOn(socket)(1);
    socket.ws.send(JSON.stringify(watch(1, 'message.stream', { messageId })));
    expect(await begun).toEqual([{ id: 1, what: 'started' }]);
    using legacy = await talk(server.url + enginePath('websocket'), { authorization });
    legacy.ws.send('40');
    ahead = 2 * hour;
    expect(await socket.closed).toBe(4401);
    await legacy.closed;
    await expect(
      talk(`${server.url}/trpc`, { authorization })
        .then((late) => late.ask({ method: 'query', path: 'user.profile', input: '{}' }))
        .then(errorIn),
    ).resolves.toMatchObject({ code: 'UNAUTHENTICATED' });
    const { items } = await owner.api.message.list.query({ chatId });
    expect(items.at(-1)?.status).toBe('streaming');
  });
});

describe('an upgrade with two hosts', () => {
  it.each(['/trpc', enginePath('websocket')])('is refused at %s, whichever of them is ours', async (path) => {
    const user = await server.signUp();
    const ours = `127.0.0.1:${server.port}`;
    for (const hosts of [
      [ours, 'evil.example'],
      ['evil.example', ours],
      [ours, ours],
    ]) {
      const answers = await speak(
        server.port,
        `GET ${path} HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join('')}` +
          `Cookie: ${user.cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      );
      expect(answers).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it('is no way to poll, either', async () => {
    const user = await server.signUp();
    const answers = await speak(
      server.port,
      `GET ${enginePath('polling')} HTTP/1.1\r\nHost: a\r\nHost: b\r\nCookie: ${user.cookie}\r\nConnection: close\r\n\r\n`,
    );
    expect(answers).toMatch(/^HTTP\/1\.1 400 /);
  });
});
