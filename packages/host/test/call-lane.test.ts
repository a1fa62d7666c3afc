import { EventEmitter } from 'node:events';

import { expect, it } from 'vitest';

import { createCallLane } from '../src/sockets/call-lane.ts';

it('gives the room of a call back when its socket closes before the call has had its turn', () => {
  const ws = Object.assign(new EventEmitter(), { isPaused: false, pause: () => {}, resume: () => {} });
  const told: string[] = [];
  const lane = createCallLane({
    ws: ws as never,
    turns: { take: () => false, enter: () => told.push('waits'), turn: () => undefined },
    limits: { callsPerFrame: 1, messagesPerFrame: 1, callsAtOnce: 1 },
    beginsWithParams: false,
    party: () => 'user 1',
    whenRoom: () => null,
    isFull: () => false,
    makeAnswer() {
      told.push('taken');
      return () => told.push('given back');
    },
    refusal: () => '',
    onSign() {},
    onAbsurdFrame() {},
  });
  lane.open();
  ws.emit('message', Buffer.from('{"id":1,"method":"query"}'), false);
  expect(told).toEqual(['taken', 'waits']);
  lane.close();
  expect(told).toEqual(['taken', 'waits', 'given back']);
});
