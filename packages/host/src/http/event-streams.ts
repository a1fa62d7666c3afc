import type { ErrorCode } from '@amanda/contract';
import type { LiveSession } from '@amanda/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Place } from '../connections/connections.ts';
import { trpcErrorOf } from './errors.ts';
import { procedureType } from './procedure-type.ts';
import { whenOver } from './when-over.ts';

/** What event streams need from the host. */
export interface EventStreamOptions {
  /** Whether the server goes away: then no stream begins any more. */
  isEnding(): boolean;
  /** Takes the place of one stream among all connections; null when there is none. */
  enter(request: FastifyRequest, userId: number | null): Place | null;
}

/** Subscriptions over HTTP, as server-sent events. */
export interface EventStreams {
  /** Whether a path names a subscription. */
  has(path: string): boolean;
  /** @returns why a stream may not begin; null when it has its place, until its answer is over */
  begin(request: FastifyRequest, reply: FastifyReply, session: LiveSession | null): ErrorCode | null;
}

/** How long a client without a place should wait before it asks for one again. */
const RETRY_SECONDS = 5;

/** Makes the count of event streams. */
export function createEventStreams(options: EventStreamOptions): EventStreams {
  return {
    has: (path) => procedureType(path) === 'subscription',
    begin(request, reply, session) {
      if (options.isEnding()) return 'SHUTTING_DOWN';
      const place = options.enter(request, session?.userId ?? null);
      if (place === null) return 'TOO_MANY_CONNECTIONS';
      whenOver(reply.raw, () => place.leave());
      return null;
    },
  };
}

/**
 * Refuses a stream within a stream of status 200, by the event with which tRPC's clients read errors: after any other
 * status an EventSource never comes back. Made by hand, for a crowd is refused by thousands and tRPC makes a dozen
 * streams for each.
 */
export function refuseStream(reply: FastifyReply, code: ErrorCode): FastifyReply {
  const error = trpcErrorOf(code, reply.request.id, { retryAfterSeconds: RETRY_SECONDS });
  return reply
    .headers({ 'content-type': 'text/event-stream', connection: 'close', 'x-accel-buffering': 'no' })
    .send(`retry: ${RETRY_SECONDS * 1000}\n\nevent: serialized-error\ndata: ${JSON.stringify(error)}\n\n`);
}
