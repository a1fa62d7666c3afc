import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { type AmandaClient, createAmandaClient } from '@amanda/client';
import { AmandaError, silentLog } from '@amanda/core';
import { defaultHostConfig } from '@amanda/host';
import { deferred, startTestServer, type TestServer, type TestUser } from '@amanda/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { joined, polling } from './security/engine-io.ts';
import { heldHealth } from './security/held-health.ts';
import { httpClient } from './security/http-client.ts';
import { talk } from './security/sockets.ts';
import { at } from './security/typed-error.ts';

/** What one peer can cause is bounded. Counted in calls, turns and bytes; no time is measured. */

const query = (id: number, path = 'system.health') => ({ id, method: 'query', params: { path } });
const frameOf = (calls: number, path?: string) =>
  JSON.stringify(Array.from({ length: calls }, (_, id) => query(id, path)));

const lengthOf = (list: unknown): unknown => at(list, 'length');

const codeOf = (message: unknown): unknown =>
  at(message, 'error', 'json', 'data', 'amanda', 'code') ?? at(message, 'result', 'type');

/** The order in which `system.health`, for a greedy peer, and `system.info`, for another one, are made. */
function orderOf(server: TestServer): string[] {
  const order: string[] = [];
  const health = server.core.system.health.bind(server.core.system);
  const info = server.core.system.info.bind(server.core.system);
  vi.spyOn(server.core.system, 'health').mockImplementation(async () => {
    order.push('greedy');
    return health();
  });
  vi.spyOn(server.core.system, 'info').mockImplementation(() => {
    order.push('other');
    return info();
  });
  return order;
}

describe('a frame over WebSocket', () => {
  it('has 200 of its calls made; each of the others is refused so that it can be asked again', async () => {
    await using server = await startTestServer();
    const health = vi.spyOn(server.core.system, 'health');
    using peer = await talk(`${server.url}/trpc`);
    const answers = Array.from({ length: 300 }, (_, id) => peer.answerTo(id));
    peer.ws.send(frameOf(300));
    const codes = (await Promise.all(answers)).map(codeOf);
    expect(codes).toEqual([...Array<string>(200).fill('data'), ...Array<string>(100).fill('BATCH_FULL')]);
    expect(health).toHaveBeenCalledTimes(200);
    const refused = peer.answerTo(299);
    peer.ws.send(JSON.stringify(query(299)));
    expect(codeOf(await refused)).toBe('data');
  });

  it('with absurdly many calls ends its socket, and not one of them is made', async () => {
    await using server = await startTestServer();
    const health = vi.spyOn(server.core.system, 'health');
    using peer = await talk(`${server.url}/trpc`);
    peer.ws.send(frameOf(15_000));
    expect(await peer.closed).toBe(1009);
    expect(health).not.toHaveBeenCalled();
  });

  it('of a reconnect, with 100 subscriptions and calls, is served whole', async () => {
    await using server = await startTestServer();
    const user = await server.signUp();
    using peer = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    const ids = Array.from({ length: 140 }, (_, id) => id);
    const answers = ids.map((id) => peer.answerTo(id));
    const messages = ids.map((id) =>
      id < 100
        ? { id, method: 'subscription', params: { path: 'events.watch', input: { json: {} } } }
        : query(id),
    );
    peer.ws.send(JSON.stringify(messages));
    expect(new Set((await Promise.all(answers)).map(codeOf))).toEqual(new Set(['data']));
  });

  it('has at most eight calls under way; nothing that waits is lost, and signs of life are answered', async () => {
    await using server = await startTestServer();
    const held = heldHealth(server);
    using peer = await talk(`${server.url}/trpc`);
    const answers = Array.from({ length: 50 }, (_, id) => peer.answerTo(id));
    peer.ws.send(frameOf(40));
    for (let id = 40; id < 50; id += 1) peer.ws.send(JSON.stringify(query(id)));
    using witness = await talk(`${server.url}/trpc`);
    // More turns than there are calls.
    for (let round = 0; round < 60; round += 1) {
      await witness.ask({ method: 'query', path: 'system.info', input: '{}' });
    }
    expect(held.waiting).toHaveLength(8);
    for (let left = 50; left > 0; left -= 1) await held.letOneGo(Math.min(8, left));
    expect(new Set((await Promise.all(answers)).map(codeOf))).toEqual(new Set(['data']));
    expect(held.most()).toBe(8);
    const pong = once(peer.ws, 'message');
    peer.ws.send('PING');
    expect(String((await pong)[0])).toBe('PONG');
  });

  it('waits for its turns: a call of somebody else is made among the first', async () => {
    await using server = await startTestServer();
    const order = orderOf(server);
    const user = await server.signUp();
    using greedy = await talk(`${server.url}/trpc`);
    using other = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    order.length = 0;
    const last = greedy.answerTo(199);
    // Both are on their way to the server before it reads either.
    greedy.ws.send(frameOf(200));
    const answer = other.ask({ method: 'query', path: 'system.info', input: '{}' });
    await Promise.all([last, answer]);
    expect(order).toHaveLength(201);
    expect(order.indexOf('other')).toBeLessThan(100);
  });

  it('waits for the turns of its party: twenty sockets of one party have no more than one of another', async () => {
    await using server = await startTestServer();
    const order = orderOf(server);
    const user = await server.signUp();
    const crowd = await Promise.all(Array.from({ length: 20 }, () => talk(`${server.url}/trpc`)));
    onTestFinished(() => crowd.forEach((one) => one.ws.terminate()));
    using other = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    order.length = 0;
    // All are on their way to the server before it reads any.
    const lasts = crowd.map((one) => one.answerTo(19));
    for (const one of crowd) one.ws.send(frameOf(20));
    const answer = other.ask({ method: 'query', path: 'system.info', input: '{}' });
    await Promise.all([...lasts, answer]);
    expect(order).toHaveLength(401);
    expect(order.indexOf('other')).toBeLessThan(60);
  });

  it('keeps those who do not read from having more answers made', async () => {
    await using server = await startTestServer();
    const { peer, user } = await longChat(server);
    const list = vi.spyOn(server.core.messages, 'list');
    using reader = await talk(`${server.url}/trpc`, { cookie: user.cookie });
    reader.ws.pause();
    const input = `{"json":{"chatId":${peer},"limit":50}}`;
    const params = { path: 'message.list', input: JSON.parse(input) };
    const calls = Array.from({ length: 150 }, (_, id) => ({ id, method: 'query', params }));
    reader.ws.send(JSON.stringify(calls));
    using witness = await talk(`${server.url}/trpc`);
    for (let round = 0; round < 50; round += 1) {
      await witness.ask({ method: 'query', path: 'system.health', input: 'null' });
    }
    const whileAsleep = list.mock.calls.length;
    expect(whileAsleep).toBeLessThan(100);
    const last = reader.answerTo(149);
    reader.ws.resume();
    expect(codeOf(await last)).toBe('data');
    expect(list).toHaveBeenCalledTimes(150);
  });
});

describe('events over Socket.IO', () => {
  it('wait for their turns: events of somebody else, and calls over tRPC, are made among the first', async () => {
    await using server = await startTestServer();
    const [greedy, other] = [await server.signUp(), await server.signUp()];
    const order: string[] = [];
    vi.spyOn(server.core.chats, 'get').mockImplementation((userId) => {
      order.push(userId === greedy.id ? 'greedy' : 'other');
      // Before any awaiting, so that the event is over in the turn in which it begins.
      return Promise.reject(new AmandaError('NOT_FOUND'));
    });
    const info = server.core.system.info.bind(server.core.system);
    vi.spyOn(server.core.system, 'info').mockImplementation(() => {
      order.push('call');
      return info();
    });
    using http = httpClient(server.port);
    const flood = await polling(http, greedy.cookie);
    await flood.send('40');
    await flood.poll();
    using one = await joined(server.url, other.cookie);
    using caller = await talk(`${server.url}/trpc`);
    // All are on their way to the server before it reads any.
    const taken = flood.send(Array<string>(256).fill('42["stop_message",{"chat_id":1}]').join('\x1e'));
    one.send('421["stop_message",{"chat_id":1}]');
    const answer = caller.ask({ method: 'query', path: 'system.info', input: '{}' });
    await Promise.all([taken, one.first('431'), answer]);
    await flood.send('42["stop_message",{"chat_id":1}]');
    expect(order.length).toBeGreaterThan(200);
    expect(order.indexOf('other')).toBeLessThan(100);
    expect(order.indexOf('call')).toBeLessThan(100);
  });
});

/** A chat whose page takes several hundred kilobytes. */
async function longChat(server: TestServer): Promise<{ peer: number; user: TestUser; client: AmandaClient }> {
  const user = await server.signUp();
  const client = createAmandaClient({ url: server.url, headers: { cookie: user.cookie }, transport: 'sse' });
  onTestFinished(() => client.close());
  const { id } = await client.trpc.chat.create.mutate({});
  for (const text of ['a', 'b', 'c']) {
    await client.chat(id).send(text.repeat(200_000)).finished();
  }
  return { peer: id, user, client };
}

describe('a batch over HTTP', () => {
  it('has its calls made one after another', async () => {
    await using server = await startTestServer();
    const held = heldHealth(server);
    const paths = Array<string>(5).fill('system.health').join(',');
    const response = fetch(`${server.url}/trpc/${paths}?batch=1&input={}`);
    for (let call = 0; call < 5; call += 1) await held.letOneGo();
    expect(await (await response).json()).toHaveLength(5);
    expect(held.most()).toBe(1);
  });

  it('answers as tRPC does: statuses, shapes and refusals', async () => {
    await using server = await startTestServer();
    const user = await server.signUp();
    const get = (paths: string, input: object = {}) =>
      fetch(`${server.url}/trpc/${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(input))}`, {
        headers: { cookie: user.cookie },
      });
    const mixed = await get('user.profile,chat.get', { 1: { json: { chatId: 999 } } });
    expect([mixed.status, mixed.headers.get('content-type')]).toEqual([207, 'application/json']);
    const answers: unknown = await mixed.json();
    expect(at(answers, 0, 'result', 'data', 'json', 'email')).toBe(user.email);
    expect(at(answers, 1, 'error', 'json', 'data', 'amanda', 'code')).toBe('NOT_FOUND');
    const both = await get('chat.get,chat.get', { 0: { json: { chatId: 8 } }, 1: { json: { chatId: 9 } } });
    expect([both.status, lengthOf(await both.json())]).toEqual([404, 2]);
    for (const paths of ['user.profile,no.such', 'user.profile,chat.create', 'user.profile,events.watch']) {
      const whole = await get(paths);
      expect([paths, whole.status >= 400 || whole.status === 207]).toEqual([paths, true]);
    }
    const notAnObject = await get('user.profile,user.profile', [1]);
    expect(notAnObject.status).toBe(400);
  });

  it('is full at its bound: stock clients are told to ask again, ours does so by itself', async () => {
    await using server = await startTestServer({ config: { batchBytes: 1_000_000 } });
    const { client, peer, user } = await longChat(server);
    const list = vi.spyOn(server.core.messages, 'list');
    const inputs = Object.fromEntries(
      [0, 1, 2, 3].map((index) => [index, { json: { chatId: peer, limit: 50 } }]),
    );
    const paths = Array<string>(4).fill('message.list').join(',');
    const url = `${server.url}/trpc/${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`;
    const answers: unknown = await (await fetch(url, { headers: { cookie: user.cookie } })).json();
    expect(
      [0, 1, 2, 3].map((index) => at(answers, index, 'error', 'json', 'data', 'amanda', 'code')),
    ).toEqual([undefined, undefined, 'BATCH_FULL', 'BATCH_FULL']);
    expect(at(answers, 2, 'error', 'json', 'data', 'amanda', 'retry')).toBe(true);
    expect(list).toHaveBeenCalledTimes(2);
    const pages = await Promise.all(
      [1, 2, 3, 4].map(() => client.trpc.message.list.query({ chatId: peer, limit: 50 })),
    );
    expect(pages.map(({ items }) => items.length)).toEqual([6, 6, 6, 6]);
  });
});

describe('requests over HTTP', () => {
  it('of many connections wait for their turns: one of somebody else is served among the first', async () => {
    await using server = await startTestServer();
    const [greedy, other] = [await server.signUp(), await server.signUp()];
    const order: string[] = [];
    const list = server.core.chats.list.bind(server.core.chats);
    vi.spyOn(server.core.chats, 'list').mockImplementation((userId, input) => {
      order.push(userId === greedy.id ? 'greedy' : 'other');
      return list(userId, input);
    });
    const sockets = Array.from({ length: 61 }, () => connect({ port: server.port, host: '127.0.0.1' }));
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    // One answer on each, so that the server has taken all of them in.
    const ask = (socket: Socket, cookie: string) => {
      const answer = once(socket, 'data');
      socket.write(`GET /trpc/chat.list HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\n\r\n`);
      return answer;
    };
    for (const socket of sockets) await ask(socket, greedy.cookie);
    order.length = 0;
    // The last is the other's, and all are on their way before the server reads the first.
    await Promise.all(sockets.map((socket, index) => ask(socket, index < 60 ? greedy.cookie : other.cookie)));
    expect(order).toHaveLength(61);
    // How many come before depends on when the server has read who asks; without turns it is all of them.
    expect(order.indexOf('other')).toBeLessThan(55);
  });
});

describe('answers over HTTP that nobody reads', () => {
  it('are bounded over all connections of a user, who is told so; others are served', async () => {
    await using server = await startTestServer({
      config: {
        unread: { ...defaultHostConfig.unread, unreadBytes: 2_000_000, answerBytes: 262_144 },
        http: { ...defaultHostConfig.http, roomMs: 1 },
      },
    });
    const { peer, user } = await longChat(server);
    const list = vi.spyOn(server.core.messages, 'list');
    const input = encodeURIComponent(JSON.stringify({ json: { chatId: peer, limit: 50 } }));
    const path = `/trpc/message.list?input=${input}`;
    const asleep = Array.from({ length: 8 }, () => connect({ port: server.port, host: '127.0.0.1' }));
    onTestFinished(() => asleep.forEach((socket) => socket.destroy()));
    for (const socket of asleep) {
      socket.on('error', () => {});
      socket.pause();
      // More than the kernel holds for a peer that does not read.
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nCookie: ${user.cookie}\r\n\r\n`.repeat(30));
    }
    const askUntilRefused = async (): Promise<Response> => {
      for (;;) {
        const response = await fetch(server.url + path, { headers: { cookie: user.cookie } });
        if (response.status === 429) return response;
        await response.body?.cancel();
      }
    };
    const refused = await askUntilRefused();
    expect(at(await refused.json(), 'error', 'json', 'data', 'amanda', 'code')).toBe('ANSWERS_UNREAD');
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(list.mock.calls.length).toBeLessThan(300);
    const other = await server.signUp();
    const answer = await fetch(`${server.url}/trpc/user.profile`, { headers: { cookie: other.cookie } });
    expect(answer.status).toBe(200);
  });

  it('end their connection, pipelined ones and event streams too', async () => {
    let cut = 0;
    const allCut = deferred();
    await using server = await startTestServer({
      config: {
        http: { ...defaultHostConfig.http, unreadMs: 50 },
        sockets: { ...defaultHostConfig.sockets, tickMs: 10 },
      },
      log: {
        ...silentLog,
        info(_fields, text) {
          if (text.includes('took nothing') && (cut += 1) === 2) allCut.resolve();
        },
      },
    });
    const { peer, user, client } = await longChat(server);
    const { items } = await client.trpc.message.list.query({ chatId: peer, limit: 50 });
    const question = items.find(({ role }) => role === 'user');
    const get = (path: string, input: object, accept = '*/*') =>
      `GET /trpc/${path}?input=${encodeURIComponent(JSON.stringify({ json: input }))} HTTP/1.1\r\n` +
      `Host: a\r\nAccept: ${accept}\r\nCookie: ${user.cookie}\r\n\r\n`;
    const listing = get('message.list', { chatId: peer, limit: 50 });
    const streaming = get('message.stream', { messageId: question?.id }, 'text/event-stream');
    // More than the kernel holds for a peer that does not read.
    for (const request of [listing.repeat(40), streaming + listing.repeat(40)]) {
      const socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.pause();
      socket.write(request);
      onTestFinished(() => {
        socket.destroy();
      });
    }
    await allCut.promise;
    expect(cut).toBe(2);
  });
});

describe('bodies of one address', () => {
  it('are not read beyond their bound, and others are served meanwhile', async () => {
    await using server = await startTestServer({
      config: {
        trustedProxies: ['127.0.0.1'],
        http: { ...defaultHostConfig.http, bodiesBytes: 1_000 },
      },
    });
    const post = (address: string, length: number) =>
      `POST /trpc/auth.logIn HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
    const open = (text: string) => {
      const socket = connect({ port: server.port, host: '127.0.0.1' }).on('error', () => {});
      onTestFinished(() => {
        socket.destroy();
      });
      let answer = '';
      socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
      socket.write(text);
      return { socket, answer: () => answer, answered: once(socket, 'data') };
    };
    const body = '{"json":{"email":"a@b.example","password":"wrong"}}'.padEnd(900);
    const slow = open(post('10.0.0.1', 900) + body.slice(0, 100));
    const headers = { 'x-forwarded-for': '10.0.0.2' };
    const witness = async () => (await fetch(`${server.url}/trpc/system.health`, { headers })).status;
    expect(await witness()).toBe(200);
    const next = open(post('10.0.0.1', 900) + body);
    for (let round = 0; round < 30; round += 1) expect(await witness()).toBe(200);
    const other = open(post('10.0.0.2', 900) + body);
    await other.answered;
    expect([next.answer(), other.answer().slice(9, 12)]).toEqual(['', '401']);
    slow.socket.destroy();
    await next.answered;
    expect(next.answer().slice(9, 12)).toBe('401');
  });
});
