import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';

import { createLink } from '../src/sockets/link.ts';
import { countUnread, type Unread } from '../src/sockets/unread.ts';
import { handClock, socketServer } from './servers.ts';

/** As much of a connection, and of what carries it, as is looked at. */
function counted() {
  const clock = handClock();
  const link = createLink({ clock, closeMs: 1_000 });
  const transport = { name: 'polling', writable: true };
  const connection = Object.assign(new EventEmitter(), { transport, close: () => connection.emit('close') });
  const held: { party: string; unread: Unread }[] = [];
  const left: string[] = [];
  const stuck: number[] = [];
  const count = countUnread(connection as never, link, {
    clock,
    stuckMs: 30_000,
    onStuck: () => stuck.push(1),
    room: {
      hold(party, unread) {
        held.push({ party, unread });
        return () => left.push(party);
      },
      make: () => () => {},
      take: () => Promise.resolve(() => {}),
      whenRoom: () => null,
    },
  });
  count.belongTo('address');
  const say = (data: string) => connection.emit('packetCreate', { type: 'message', data });
  return { clock, connection, count, held, left, link, say, stuck, transport };
}

it('counts what Engine.IO holds and what is on its way, in bytes, and tells when it gets less', () => {
  const { connection, held, link, say } = counted();
  const told: number[] = [];
  const unread = held[0]?.unread;
  unread?.on('drain', () => told.push(unread.writableLength));
  const tcp = Object.assign(new EventEmitter(), { writableLength: 7, destroy: () => {} });
  const answer = new EventEmitter();
  link.carry(tcp as never, answer);
  say('é😀');
  say('x');
  expect(unread?.writableLength).toBe(14);
  connection.emit('flush');
  tcp.writableLength += 7;
  connection.emit('drain');
  tcp.writableLength = 3;
  tcp.emit('drain');
  answer.emit('close');
  expect(told).toEqual([14, 3, 0]);
  expect(tcp.listenerCount('drain')).toBe(0);
});

it('counts to whoever the connection belongs to, until nothing carries it any more', () => {
  const { connection, count, held, left, link } = counted();
  count.belongTo('user 1');
  expect([held.map(({ party }) => party), left]).toEqual([['address', 'user 1'], ['address']]);
  const answer = new EventEmitter();
  link.carry(Object.assign(new EventEmitter(), { writableLength: 5 }) as never, answer);
  connection.emit('close');
  expect(left).toEqual(['address']);
  answer.emit('close');
  expect(left.at(-1)).toBe('user 1');
});

it('cuts a client that lives and never polls, and none to which something is on its way', () => {
  const { clock, connection, link, say, stuck, transport } = counted();
  say('ready for a poll that waits');
  expect(clock.pending()).toBe(0);
  transport.writable = false;
  say('a');
  connection.emit('flush');
  expect(clock.pending()).toBe(0);
  say('b');
  const answer = new EventEmitter();
  link.carry(Object.assign(new EventEmitter(), { writableLength: 5 }) as never, answer);
  clock.advance(30_000);
  expect(stuck).toEqual([]);
  answer.emit('close');
  clock.advance(30_000);
  expect(stuck).toEqual([1]);
});

it('has an answer wait for room, part by part, and its whole text read again rather than kept', async () => {
  const asked: number[] = [];
  const waiting: ((room: () => void) => void)[] = [];
  let isFull = false;
  let given = 0;
  const giveBack = () => {
    given -= 1;
  };
  const take = () => {
    given += 1;
    return giveBack;
  };
  await using server = await socketServer({}, 0, undefined, {
    hold: () => () => {},
    make: take,
    take(_party, bytes) {
      asked.push(bytes);
      if (!isFull) return Promise.resolve(take());
      return new Promise((resolve) => waiting.push(() => resolve(take())));
    },
    whenRoom: () => (isFull ? () => {} : null),
  });
  server.amanda.addChat();
  using client = server.connect();
  await client.next('connect');
  client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
  const run = await server.amanda.run(0);
  run.write('é');
  await client.next('message_token');
  isFull = true;
  run.write('abc');
  run.end();
  while (waiting.length === 0) await new Promise(setImmediate);
  expect(asked).toEqual([2, 3]);
  waiting.shift()?.(() => {});
  await client.next('message_token');
  while (waiting.length === 0) await new Promise(setImmediate);
  expect([asked, client.received.map(({ name }) => name).includes('message_complete')]).toEqual([
    [2, 3, 5],
    false,
  ]);
  waiting.shift()?.(() => {});
  expect(await client.next('message_complete')).toMatchObject({ full_text: 'éabc' });
  expect([client.text(), given]).toEqual(['éabc', 0]);
});
