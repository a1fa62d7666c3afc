import type { ServerResponse } from 'node:http';

import { AmandaError } from '@amanda/api';

import type { Unread } from '../turns/unread.ts';
import { whenOver } from './when-over.ts';

/** How long a request waits for its party to read earlier answers, in milliseconds. */
const WAIT_MS = 10_000;

/**
 * Counts an answer to a party from now until the network has it. Waits while the party has as much unread as it may.
 * @throws ANSWERS_UNREAD after ten seconds
 */
export async function admitAnswer(unread: Unread, party: string, response: ServerResponse): Promise<void> {
  const { socket } = response;
  if (socket === null || response.closed) return;
  await roomFor(unread, party, response);
  if (response.closed) return;
  const made = unread.make(party);
  const letGo = unread.hold(party, socket);
  response.once('prefinish', made);
  whenOver(response, () => {
    made();
    letGo();
  });
}

async function roomFor(unread: Unread, party: string, response: ServerResponse): Promise<void> {
  const room = Promise.withResolvers<void>();
  const forget = unread.whenRoom(party, room.resolve);
  if (forget === null) return;
  const timer = setTimeout(() => {
    room.reject(new AmandaError('ANSWERS_UNREAD', { details: { retryAfterSeconds: 5 } }));
  }, WAIT_MS);
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
