import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { createAmandaClient } from '@amanda/client';
import { type Log, silentLog } from '@amanda/core';
import { defaultHostConfig } from '@amanda/host';
import { deferred, startTestServer, type TestServer, type TestUser } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { manyReaders } from './readers.ts';
import { createScreen } from './screen.ts';
import { answerTo, questionOf, storyteller } from './story.ts';
import { device } from './viewer.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** What the process holds after a collection, buffers included, in bytes. */
function held(): number {
  collect();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Nearly the longest answer that there is. */
const long = questionOf({ key: 'long', pieces: 950, paceMs: 0, pieceLength: 980 });

/** Has finished answers written, for readers to ask for. */
async function longAnswers(server: TestServer, user: TestUser, count: number): Promise<number[]> {
  await using asker = device({ url: server.url, user, over: 'websocket' });
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const chat = await asker.api.chat.create.mutate({});
    const sent = await asker.api.message.send.mutate({ chatId: chat.id, text: long });
    const screen = createScreen(answerTo(long));
    const view = asker.view(sent, screen);
    await screen.ended;
    view[Symbol.dispose]();
    ids.push(sent.messageId);
  }
  return ids;
}

/** Asks for answers over a tRPC socket and never reads one. */
async function sleepOverWebSocket(url: string, user: TestUser, ids: readonly number[]): Promise<Disposable> {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/trpc`, { headers: { cookie: user.cookie } });
  ws.on('error', () => {});
  await once(ws, 'open');
  ws.pause();
  for (const messageId of ids) {
    const params = { path: 'message.stream', input: { json: { messageId } } };
    ws.send(JSON.stringify({ id: messageId, method: 'subscription', params }));
  }
  return { [Symbol.dispose]: () => ws.terminate() };
}

/** Asks for answers over Socket.IO and never reads one. */
async function sleepOverSocketIo(url: string, user: TestUser, ids: readonly number[]): Promise<Disposable> {
  const address = `${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const ws = new WebSocket(address, { headers: { cookie: user.cookie } });
  ws.on('error', () => {});
  await once(ws, 'message');
  ws.send('40');
  await once(ws, 'message');
  ws.pause();
  for (const id of ids) ws.send(`42${JSON.stringify(['resume_message', { message_id: id, offset: 0 }])}`);
  return { [Symbol.dispose]: () => ws.terminate() };
}

/** Asks for an answer as server-sent events and never reads it. */
async function sleepOverEvents(url: string, user: TestUser, [id]: readonly number[]): Promise<Disposable> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const input = encodeURIComponent(JSON.stringify({ json: { messageId: id } }));
  socket.write(
    `GET /trpc/message.stream?input=${input} HTTP/1.1\r\nHost: a\r\nCookie: ${user.cookie}\r\n` +
      'Accept: text/event-stream\r\n\r\n',
  );
  return { [Symbol.dispose]: () => socket.destroy() };
}

describe('readers that never read', () => {
  it.each([
    ['a tRPC WebSocket', sleepOverWebSocket],
    ['Socket.IO', sleepOverSocketIo],
    ['server-sent events', sleepOverEvents],
  ])('cost a few slices of memory over %s, and stop nobody', async (_name, sleep) => {
    await using server = await startTestServer({ script: storyteller });
    const user = await server.signUp();
    const ids = await longAnswers(server, user, 3);
    await using reader = device({ url: server.url, user, over: 'websocket' });
    const chat = await reader.api.chat.create.mutate({});
    const before = held();

    using sleepers = new DisposableStack();
    for (let index = 0; index < 10; index += 1) sleepers.use(await sleep(server.url, user, ids));
    const sent = await reader.api.message.send.mutate({ chatId: chat.id, text: long });
    const screen = createScreen(answerTo(long));
    sleepers.use(reader.view(sent, screen));
    await screen.ended;

    expect(screen.breaches).toEqual([]);
    expect(screen.text).toBe(answerTo(long));
    // A few slices of 256 Ki units for each, whatever they asked for; kept whole it would be 56 MB of text alone.
    expect(held() - before).toBeLessThan(65e6);
  });
});

it('sends a reader away that leaves its socket full, and lets it resume', async () => {
  const sentAway = deferred();
  const log: Log = {
    ...silentLog,
    info: (_fields, text) => {
      if (text.includes('too slow')) sentAway.resolve();
    },
  };
  const sockets = { ...defaultHostConfig.sockets, slowReaderMs: 100, tickMs: 20 };
  await using server = await startTestServer({ script: storyteller, config: { sockets }, log });
  const user = await server.signUp();
  const ids = await longAnswers(server, user, 12);

  const headers = { cookie: user.cookie };
  const opened: WebSocket[] = [];
  const codes: number[] = [];
  class Sleeper extends WebSocket {
    constructor(url: string) {
      super(url, { headers });
      if (opened.push(this) === 1) this.once('message', () => this.pause());
      this.on('close', (code) => codes.push(code));
    }
  }
  using client = createAmandaClient({
    url: server.url,
    headers,
    transport: 'websocket',
    environment: { WebSocket: Sleeper },
    timing: { backoff: { firstMs: 10, longestMs: 20 } },
  });
  const answers = ids.map((id) => client.answer(id).finished());
  await sentAway.promise;
  opened[0]?.resume();

  const texts = (await Promise.all(answers)).map(({ text }) => text);
  expect(texts.every((text) => text === answerTo(long))).toBe(true);
  expect(opened.length).toBeGreaterThan(1);
  expect(codes[0]).toBe(1013);
});

it('shows 1,000 readers of one answer the same', async () => {
  expect(await manyReaders({ readers: 1_000, pieces: 100 })).toMatchObject({
    readers: 1_000,
    whole: 1_000,
    breaches: [],
  });
});
