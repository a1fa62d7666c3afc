import type { ServerResponse } from 'node:http';

import { AmandaError } from '@amanda/api';

import type { Room } from '../turns/room.ts';
import { whenOver } from './when-over.ts';

/**
 * Counts an answer to a party from now until the network has it. Waits while the party has as much unread as it may.
 * @param answer.bytes what it counts while it is being made
 * @param answer.waitMs how long, in milliseconds
 * @throws ANSWERS_UNREAD after that time
 */
export async function admitAnswer(
  room: Room,
  answer: { party: string; response: ServerResponse; bytes: number; waitMs: number },
): Promise<void> {
  const { bytes, party, response, waitMs } = answer;
  const { socket } = response;
  if (socket === null || response.closed) return;
  const gone = new AbortController();
  const leave = () => gone.abort();
  const timer = setTimeout(leave, waitMs);
  timer.unref();
  response.once('close', leave);
  const made = await room.take(party, bytes, gone.signal);
  clearTimeout(timer);
  response.off('close', leave);
  if (made === null) {
    if (response.closed) return;
    throw new AmandaError('ANSWERS_UNREAD', { details: { retryAfterSeconds: 5 } });
  }
  const letGo = room.hold(party, socket);
  response.once('prefinish', made);
  whenOver(response, () => {
    made();
    letGo();
  });
}
