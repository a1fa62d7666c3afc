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
  const { answers, party, response, waitMs } = answer;
  const { socket } = response;
  if (socket === null || response.closed) return;
  const gone = new AbortController();
  const leave = () => gone.abort();
  const timer = setTimeout(leave, waitMs);
  timer.unref();
  response.once('close', leave);
  const made = await unread.take(party, answers, gone.signal);
  clearTimeout(timer);
  response.off('close', leave);
  if (made === null) {
    if (response.closed) return;
    throw new AmandaError('ANSWERS_UNREAD', { details: { retryAfterSeconds: 5 } });
  }
  const letGo = unread.hold(party, socket);
  response.once('prefinish', made);
  whenOver(response, () => {
    made();
    letGo();
  });
}
