import { AmandaError, type LiveSession } from '@amanda/core';
import type { Socket } from './context.ts';

/** The error of a call or subscription whose session has ended; the details say why. */
export function sessionEnded(session: LiveSession): AmandaError {
  return new AmandaError(
    'SESSION_ENDED',
    session.ended === null ? {} : { details: { reason: session.ended } },
  );
}

/**
 * Passes a subscription's events on for as long as its session lasts. A session that ends aborts `stop`, which the
 * source must obey, and the subscription ends with SESSION_ENDED.
 * @throws TOO_MANY_SUBSCRIPTIONS when the socket has no place left, SESSION_ENDED
 */
export async function* whileSessionLasts<Event>(
  source: AsyncIterable<Event>,
  options: { session: LiveSession; socket: Socket | undefined; stop: AbortController; gone: AbortSignal },
): AsyncGenerator<Event, void, undefined> {
  const { gone, session, socket, stop } = options;
  // Everything is taken inside the generator: one that is never started never runs its `finally`.
  const leave = socket?.enter();
  if (leave === null) throw new AmandaError('TOO_MANY_SUBSCRIPTIONS');
  const forget = session.onEnd(() => stop.abort());
  try {
    if (session.ended !== null) throw sessionEnded(session);
    for await (const event of source) {
      if (session.ended !== null) break;
      yield event;
    }
  } catch (error) {
    if (session.ended === null && !gone.aborted) throw error;
  } finally {
    forget();
    leave?.();
  }
  if (session.ended !== null && !gone.aborted) throw sessionEnded(session);
}
