import type { IncomingMessage } from 'node:http';
import { AmandaError, amandaErrorOf, describeError, refusalKindOf } from '@amanda/api';
import { type ErrorCode, type ErrorDetails, errorTable } from '@amanda/contract';
import type { Log, RefusalKind } from '@amanda/core';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';

/** Fastify's own refusals, by status, as codes of the error table. */
const refusals: Readonly<Record<number, ErrorCode>> = {
  403: 'ORIGIN_REFUSED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
};

/** The documented body of an error outside tRPC. */
export function errorBody(code: ErrorCode) {
  return { success: false, message: errorTable[code].text };
}

/** Sends an error in the shape of its surface: tRPC's own under `/trpc`, the documented one elsewhere. */
export function sendError(reply: FastifyReply, code: ErrorCode, details: ErrorDetails = {}): FastifyReply {
  const isTrpc = reply.request.url.startsWith('/trpc/');
  if (details.retryAfterSeconds !== undefined) reply.header('retry-after', String(details.retryAfterSeconds));
  return reply
    .code(errorTable[code].http)
    .send(isTrpc ? { error: trpcErrorOf(code, reply.request.id, details) } : errorBody(code));
}

/** What tRPC would say of an error, for requests that never reach it. `json` is superjson's, which the client unpacks. */
export function trpcErrorOf(code: ErrorCode, requestId: string, details: ErrorDetails = {}) {
  const { http, text, trpc } = errorTable[code];
  const amanda = describeError(new AmandaError(code, { details }), requestId);
  const data = { code: trpc, httpStatus: http, amanda };
  return { json: { message: text, code: TRPC_ERROR_CODES_BY_KEY[trpc], data } };
}

/** What Fastify could not route or parse, as a code; anything unexpected is INTERNAL. */
export function errorCodeOf(error: Error): ErrorCode {
  const { code } = amandaErrorOf(error);
  if (code !== 'INTERNAL') return code;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 500) return 'INTERNAL';
  return refusals[status] ?? 'INVALID_INPUT';
}

/** Makes every failure a JSON answer with a status of the table: never HTML, never a stack. */
export function answerErrors(
  app: FastifyInstance,
  log: Log,
  refused: (kind: RefusalKind, request: IncomingMessage) => void,
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const code = errorCodeOf(error);
    if (code === 'INTERNAL') log.error({ err: error, requestId: request.id }, 'A request failed');
    const kind = refusalKindOf(new AmandaError(code));
    if (kind !== null) refused(kind, request.raw);
    return sendError(reply, code, amandaErrorOf(error).details);
  });
}
