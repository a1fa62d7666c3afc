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
 * Passes a subscription's events on for as long as its session lasts. A subscriber that is `gone`, and a session that
 * ends, abort `stop`, which the source must obey; in the second case the subscription ends with SESSION_ENDED.
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
  // One controller and a listener: `AbortSignal.any` costs a few kilobytes, and there is one of these per subscriber.
  const abort = (): void => stop.abort();
  const forget = session.onEnd(abort);
  if (gone.aborted) abort();
  else gone.addEventListener('abort', abort, { once: true });
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
    gone.removeEventListener('abort', abort);
    leave?.();
  }
  if (session.ended !== null && !gone.aborted) throw sessionEnded(session);
}
