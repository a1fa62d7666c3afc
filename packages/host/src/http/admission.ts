import type { ServerResponse } from 'node:http';

import { AmandaError } from '@amanda/api';

import type { Unread } from '../turns/unread.ts';
import { whenOver } from './when-over.ts';

/**
 * Counts an answer to a party from now until the network has it. Waits while the party has as much unread as it may.
 * @param answer.answers as how many it counts
 * @param answer.waitMs how long, in milliseconds
 * @throws ANSWERS_UNREAD after that time
 */
export async function admitAnswer(
  unread: Unread,
  answer: { party: string; response: ServerResponse; answers: number; waitMs: number },
): Promise<void> {
  const { answers, party, response } = answer;
  const { socket } = response;
  if (socket === null || response.closed) return;
  await roomFor(unread, answer);
  if (response.closed) return;
  const made = unread.make(party, answers);
  const letGo = unread.hold(party, socket);
  response.once('prefinish', made);
  whenOver(response, () => {
    made();
    letGo();
  });
}

async function roomFor(
  unread: Unread,
  { answers, party, response, waitMs }: Parameters<typeof admitAnswer>[1],
): Promise<void> {
  const room = Promise.withResolvers<void>();
  const forget = unread.whenRoom(party, room.resolve, answers);
  if (forget === null) return;
  const timer = setTimeout(() => {
    room.reject(new AmandaError('ANSWERS_UNREAD', { details: { retryAfterSeconds: 5 } }));
  }, waitMs);
  timer.unref();
  response.once('close', room.resolve);
  try {
    await room.promise;
  } finally {
    clearTimeout(timer);
    forget();
    response.off('close', room.resolve);
  }
}
