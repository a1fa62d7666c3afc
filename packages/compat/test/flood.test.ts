import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';

import { boundPackets } from '../src/sockets/flood.ts';

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
