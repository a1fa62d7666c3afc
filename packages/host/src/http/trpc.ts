import type { IncomingMessage } from 'node:http';

import { AmandaError, amandaErrorOf, appRouter, type Context } from '@amanda/api';
import type { LiveSession, Log, RefusalKind } from '@amanda/core';
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import { parseConnectionParamsFromString, resolveResponse } from '@trpc/server/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { createBatch } from './batch.ts';
import { answerInParts, type BatchedCall, callsOf } from './batch-in-parts.ts';
import { sendError } from './errors.ts';
import { createEventStreams, type EventStreamOptions, refuseStream } from './event-streams.ts';
import { whenOver } from './when-over.ts';

/** What tRPC over HTTP needs from the host. */
export interface TrpcHttpOptions extends EventStreamOptions {
  readonly log: Log;
  /** Tells browsers which pages may read the answers. */
  cors(request: FastifyRequest, reply: FastifyReply): void;
  readonly maxBatchSize: number;
  readonly maxBodySize: number;
  readonly batchBytes: number;
  /** Counts who is turned away before a procedure could do so. */
  refused(kind: RefusalKind, request: IncomingMessage): void;
  sessionOf(request: FastifyRequest): Promise<LiveSession | null>;
  /** The session that a bearer token in a stream's URL opens; `foreign` when it is none of ours. */
  openToken(token: string, request: FastifyRequest): Promise<LiveSession | null | 'foreign'>;
  /** Counts the answer to so many calls to whoever asks, once there is room for it. @throws ANSWERS_UNREAD */
  admit(
    session: LiveSession | null,
    request: FastifyRequest,
    reply: FastifyReply,
    calls: number,
  ): Promise<void>;
  contextFor(session: LiveSession | null, request: FastifyRequest, reply: FastifyReply): Context;
  /** Refuses log-ins while there is no room to hash. @throws HASH_QUEUE_FULL */
  assertRoomToLogIn(): void;
  /** Resolves when it is the turn of whoever asks. */
  turn(session: LiveSession | null, request: FastifyRequest): Promise<void>;
}

const PREFIX = '/trpc';

type Shared = Parameters<typeof resolveResponse<typeof appRouter>>[0];

/**
 * Mounts queries and mutations (`GET`, `POST`) and server-sent subscriptions under `/trpc/`. Bodies reach tRPC as text:
 * it parses them, and answers what cannot be parsed in its own typed shape.
 */
export function mountTrpc(app: FastifyInstance, options: TrpcHttpOptions): void {
  const streams = createEventStreams(options);

  const hold = (session: LiveSession | null, reply: FastifyReply) => {
    if (session !== null) whenOver(reply.raw, () => session.release());
    return session;
  };

  const openSession = async (request: FastifyRequest, reply: FastifyReply) =>
    hold(await options.sessionOf(request), reply);

  /** An EventSource of a browser sends no headers of ours: a token in its URL goes before them, unless it is none of ours. */
  const openStreamSession = async (
    request: FastifyRequest,
    reply: FastifyReply,
    token: string | undefined,
  ) => {
    const session = await openSession(request, reply);
    const opened = token === undefined ? 'foreign' : await options.openToken(token, request);
    return opened === 'foreign' ? session : hold(opened, reply);
  };

  const admitted = async (request: FastifyRequest, reply: FastifyReply, calls: number) => {
    const session = await openSession(request, reply);
    await options.admit(session, request, reply, calls);
    return { session, context: options.contextFor(session, request, reply) };
  };

  const tell = (error: Error, path: string | undefined, request: FastifyRequest): void => {
    options.log.debug({ err: error, path, requestId: request.id }, 'A call over HTTP failed');
    // What a procedure refuses has been counted there.
    if (error.cause instanceof AmandaError) return;
    if (amandaErrorOf(error).code === 'INVALID_INPUT') options.refused('input', request.raw);
  };

  const answerBatch = async (
    calls: readonly BatchedCall[],
    {
      request,
      reply,
      shared,
    }: {
      request: FastifyRequest;
      reply: FastifyReply;
      shared: Pick<Shared, 'router' | 'maxBatchSize' | 'responseMeta' | 'onError'>;
    },
  ) => {
    const entered = admitted(request, reply, calls.length).then(({ context, session }) => ({
      session,
      context: { ...context, batch: createBatch(options.batchBytes) },
    }));
    // Whom that refuses is told so with each call.
    const { session } = await entered.catch(() => ({ session: null }));
    const gone = new AbortController();
    whenOver(reply.raw, () => gone.abort());
    const answer = await answerInParts(calls, {
      method: request.method,
      signal: gone.signal,
      turn: () => options.turn(session, request),
      answer: (req, path) =>
        resolveResponse({
          ...shared,
          req,
          path,
          error: null,
          createContext: async () => (await entered).context,
        }),
    });
    return answer === null ? reply : reply.code(answer.status).headers(answer.headers).send(answer.body);
  };

  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.method !== 'GET' && request.method !== 'POST') {
      reply.header('allow', 'GET, POST');
      return sendError(reply, 'METHOD_NOT_ALLOWED');
    }
    const path = procedurePath(request.url);
    if (path === null) return sendError(reply, 'NOT_FOUND');
    const token = tokenIn(request.url);
    let session: LiveSession | null | undefined;
    if (streams.has(path)) {
      session = await openStreamSession(request, reply, token);
      const refusal = streams.begin(request, reply, session);
      if (refusal !== null) return refuseStream(reply, refusal);
    }
    const shared = {
      router: appRouter,
      maxBatchSize: options.maxBatchSize,
      responseMeta: ({ errors }: { errors: readonly unknown[] }) => ({ headers: retryAfter(errors) }),
      onError: ({ error, path: failed }: { error: Error; path?: string | undefined }) =>
        tell(error, failed, request),
    };
    const calls = callsOf(request, { paths: path, maxBatchSize: options.maxBatchSize });
    if (calls !== null) return await answerBatch(calls, { request, reply, shared });
    await fastifyRequestHandler({
      ...shared,
      req: request,
      res: reply,
      path,
      maxBodySize: options.maxBodySize,
      async createContext({ info }) {
        // A stream is held back by its reader; nothing of it piles up.
        if (session !== undefined) return options.contextFor(session, request, reply);
        // tRPC may read a path in another way than we did: no stream begins without its place.
        if (info.type === 'subscription') throw new AmandaError('NOT_FOUND');
        const { context } = await admitted(request, reply, info.calls.length);
        return info.calls.length > 1 ? { ...context, batch: createBatch(options.batchBytes) } : context;
      },
    });
    return reply;
  };

  app.register(
    async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        options.cors(request, reply);
        // An unlisted page was refused before, and a program has nothing to ask for.
        if (request.method === 'OPTIONS' && request.headers.origin !== undefined)
          return reply.code(204).send();
        // Before the body, the session and the turn: a storm of log-ins is turned away for next to nothing.
        if (isLogIn(request)) options.assertRoomToLogIn();
        return undefined;
      });
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
        done(null, body),
      );
      scope.all('/*', { bodyLimit: options.maxBodySize }, handle);
    },
    { prefix: PREFIX },
  );
}

const isLogIn = ({ method, url }: FastifyRequest): boolean =>
  method === 'POST' && url.split('?', 1)[0] === `${PREFIX}/auth.logIn`;

/** `Retry-After` (RFC 9110, section 10.2.3) for a batch: when none of its calls would be refused any more. */
function retryAfter(errors: readonly unknown[]): Record<string, string> {
  const waits = errors.flatMap((error) => amandaErrorOf(error).details.retryAfterSeconds ?? []);
  return waits.length === 0 ? {} : { 'retry-after': String(Math.ceil(Math.max(...waits))) };
}

/** The procedure, or the procedures of a batch, that a URL names; null when its escapes are malformed. */
function procedurePath(url: string): string | null {
  const path = url.slice(PREFIX.length + 1).split('?', 1)[0] ?? '';
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/**
 * The token in tRPC's `connectionParams`.
 * @throws INVALID_INPUT when they are malformed: what tRPC would throw has their beginning in its text, and that is logged
 */
function tokenIn(url: string): string | undefined {
  if (!url.includes('connectionParams')) return undefined;
  const params = new URL(url, 'http://localhost').searchParams.get('connectionParams');
  try {
    return params === null ? undefined : parseConnectionParamsFromString(params)?.['token'];
  } catch {
    throw new AmandaError('INVALID_INPUT');
  }
}
