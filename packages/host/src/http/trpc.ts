import { appRouter, type Context } from '@amanda/api';
import type { LiveSession, Log } from '@amanda/core';
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { sendError } from './errors.ts';

/** What tRPC over HTTP needs from the host. */
export interface TrpcHttpOptions {
  readonly log: Log;
  readonly maxBatchSize: number;
  readonly maxBodySize: number;
  sessionOf(request: FastifyRequest): Promise<LiveSession | null>;
  contextFor(session: LiveSession | null, request: FastifyRequest, reply: FastifyReply): Context;
}

/** The prefix of every procedure's path. */
const PREFIX = '/trpc/';

/**
 * Mounts queries and mutations (`GET`, `POST`) and server-sent subscriptions under `/trpc/`. Bodies reach tRPC as text:
 * it parses them, and answers what cannot be parsed in its own typed shape.
 */
export function mountTrpc(app: FastifyInstance, options: TrpcHttpOptions): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    );

    const handle = async (request: FastifyRequest, reply: FastifyReply) => {
      const path = procedurePath(request.raw.url ?? '');
      if (path === null) return sendError(reply, 'NOT_FOUND');
      await fastifyRequestHandler({
        req: request,
        res: reply,
        path,
        router: appRouter,
        maxBatchSize: options.maxBatchSize,
        maxBodySize: options.maxBodySize,
        async createContext() {
          const session = await options.sessionOf(request);
          if (session !== null) reply.raw.once('close', () => session.release());
          return options.contextFor(session, request, reply);
        },
        onError({ error, path: failed }) {
          options.log.debug({ err: error, path: failed, requestId: request.id }, 'A call over HTTP failed');
        },
      });
      return reply;
    };
    scope.route({ method: ['GET', 'POST'], url: `${PREFIX}*`, handler: handle });
  });
}

/** The procedure, or the procedures of a batch, that a URL names; null when its escapes are malformed. */
function procedurePath(url: string): string | null {
  const path = url.slice(PREFIX.length).split('?', 1)[0] ?? '';
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
