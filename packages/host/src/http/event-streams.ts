import { appRouter, type ErrorCode } from '@amanda/api';
import type { LiveSession } from '@amanda/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Place } from '../connections/connections.ts';
import { trpcErrorOf } from './errors.ts';
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
  const { procedures } = Reflect.get(appRouter, '_def');
  const paths = new Set(
    Object.keys(procedures).filter((path) => isSubscription(Reflect.get(procedures, path))),
  );
  return {
    has: (path) => paths.has(path),
    begin(request, reply, session) {
      if (options.isEnding()) return 'SHUTTING_DOWN';
      const place = options.enter(request, session?.userId ?? null);
      if (place === null) return 'TOO_MANY_CONNECTIONS';
      whenOver(reply.raw, () => place.leave());
      return null;
    },
  };
}

/** The router's type nests what at run time is one flat record. */
function isSubscription(procedure: object): boolean {
  const definition: unknown = Reflect.get(procedure, '_def');
  return (
    typeof definition === 'object' &&
    definition !== null &&
    Reflect.get(definition, 'type') === 'subscription'
  );
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
