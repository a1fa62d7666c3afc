import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';

import { boundBody, boundPackets } from '../src/sockets/flood.ts';
import { createPacketLane, type Turns } from '../src/sockets/packet-lane.ts';

const limits = { packetsAtOnce: 3, packetsUnread: 5 };

/** As much of an Engine.IO connection as is looked at. */
function connection() {
  const emitter = new EventEmitter();
  let cuts = 0;
  const bounded = Object.assign(emitter, { close: () => (cuts += 1) });
  boundPackets(bounded as never, limits, () => {});
  const come = (packets: number) => {
    for (let packet = 0; packet < packets; packet += 1) emitter.emit('packet', { type: 'message' });
  };
  return { emitter, come, cuts: () => cuts };
}

it('cuts a connection that brings too many packets in one body', () => {
  const { come, cuts } = connection();
  come(3);
  expect(cuts()).toBe(0);
  come(1);
  expect(cuts()).toBe(1);
});

it('lets any number through one after another', async () => {
  const { come, cuts } = connection();
  for (let round = 0; round < 20; round += 1) {
    come(3);
    await new Promise(setImmediate);
  }
  expect(cuts()).toBe(0);
});

it('cuts a connection that goes on asking and takes no answer, and none that takes them', async () => {
  const reader = connection();
  const sleeper = connection();
  for (let round = 0; round < 6; round += 1) {
    for (const { emitter, come } of [reader, sleeper]) {
      come(1);
      emitter.emit('packetCreate', {});
    }
    reader.emitter.emit('flush');
    await new Promise(setImmediate);
  }
  sleeper.come(1);
  expect([reader.cuts(), sleeper.cuts()]).toEqual([0, 1]);
});

it('counts the packets of a body as it comes, and refuses it at the first too many, before it is whole', () => {
  const said: unknown[] = [];
  const request = Object.assign(new EventEmitter(), { resume: () => said.push('drained') });
  const response = {
    writeHead(status: number) {
      said.push(status);
      return { end: () => said.push('ended') };
    },
  };
  boundBody({ request, response } as never, limits);
  const read: unknown[] = [];
  request.on('data', (chunk) => read.push(chunk));
  request.on('end', () => read.push('end'));
  const packets = (count: number) => Array<string>(count).fill('4😀').join('\x1e');
  request.emit('data', packets(2));
  request.emit('data', Buffer.from(`\x1e${packets(1)}`));
  expect([said, read.length]).toEqual([[], 2]);
  request.emit('data', '\x1e');
  expect(said).toEqual(['drained', 413, 'ended']);
  request.emit('data', '\x1e');
  request.emit('end');
  expect(said).toHaveLength(3);
  expect(read).not.toContain('end');
});

it('does not answer a second time a body that Engine.IO has refused', () => {
  const request = Object.assign(new EventEmitter(), { resume: () => {} });
  const response = {
    headersSent: true,
    writeHead() {
      throw new Error('written twice');
    },
  };
  boundBody({ request, response } as never, limits);
  const body = Array<string>(9).fill('4').join('\x1e');
  expect(() => request.emit('data', body)).not.toThrow();
});

/** Turns that the test gives by hand. */
function handTurns() {
  const workers: { work(): boolean }[] = [];
  const parties: string[] = [];
  const state = { isFree: true };
  const turns: Turns = {
    take: () => state.isFree,
    enter(party, worker) {
      parties.push(party);
      workers.push(worker);
    },
  };
  return { turns, state, parties, workers };
}

/** A connection whose WebSocket says whether it is read, with a lane before what stands for Socket.IO. */
function laned(turns: Turns) {
  const transport = { socket: { isRead: true, pause: () => hold(false), resume: () => hold(true) } };
  const hold = (isRead: boolean) => {
    transport.socket.isRead = isRead;
  };
  const connection = Object.assign(new EventEmitter(), { transport });
  const handed: unknown[] = [];
  connection.on('data', (packet) => handed.push(packet));
  let floods = 0;
  const lane = createPacketLane(connection as never, {
    turns,
    binaryBytes: 10,
    party: () => 'user 1',
    onFlood: () => (floods += 1),
  });
  return { connection, handed, lane, isRead: () => transport.socket.isRead, floods: () => floods };
}

it('hands packets on at once while nobody waits', () => {
  const { turns, workers } = handTurns();
  const { connection, handed, lane, isRead } = laned(turns);
  for (const packet of ['a', 'b', 'c']) connection.emit('data', packet);
  expect(handed).toEqual(['a', 'b', 'c']);
  expect([workers.length, isRead(), lane.idle()]).toEqual([0, true, undefined]);
});

it('hands on one packet in each turn while others wait, in order, and has nothing more read meanwhile', async () => {
  const { turns, state, parties, workers } = handTurns();
  const { connection, handed, lane, isRead } = laned(turns);
  state.isFree = false;
  connection.emit('data', 'a');
  connection.emit('data', 'b');
  state.isFree = true;
  // Nobody overtakes what waits.
  connection.emit('data', 'c');
  expect([handed, parties, isRead()]).toEqual([[], ['user 1'], false]);
  const idle = lane.idle();
  expect(workers[0]?.work()).toBe(true);
  expect(handed).toEqual(['a']);
  expect(workers[0]?.work()).toBe(true);
  expect(isRead()).toBe(false);
  expect(workers[0]?.work()).toBe(false);
  await idle;
  expect([handed, isRead(), lane.idle()]).toEqual([['a', 'b', 'c'], true, undefined]);
});

it('forgets what waits when its connection ends, and whoever waits for it goes on', async () => {
  const { turns, state, workers } = handTurns();
  const { connection, handed, lane } = laned(turns);
  state.isFree = false;
  connection.emit('data', 'a');
  const idle = lane.idle();
  connection.emit('close');
  await idle;
  connection.emit('data', 'b');
  expect([workers[0]?.work(), handed]).toEqual([false, []]);
});

it('bounds the binary packets of an event together', () => {
  const { connection, handed, floods } = laned(handTurns().turns);
  for (let event = 0; event < 3; event += 1) {
    connection.emit('data', '451-["x",{"_placeholder":true,"num":0}]');
    connection.emit('data', Buffer.alloc(10));
  }
  expect([handed.length, floods()]).toEqual([6, 0]);
  connection.emit('data', Buffer.alloc(1));
  expect([handed.length, floods()]).toEqual([6, 1]);
});
