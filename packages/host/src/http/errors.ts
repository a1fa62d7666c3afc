import { AmandaError, type ErrorCode, errorTable, type Log } from '@amanda/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Fastify's own refusals, as codes of the error table. */
const refusals: Readonly<Record<number, ErrorCode>> = {
  403: 'ORIGIN_REFUSED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
};

/** The body of every error outside tRPC; `error` is a code of the table, `message` what a user may read. */
export function errorBody(code: ErrorCode, requestId: string) {
  return { success: false, error: code, message: errorTable[code].text, request_id: requestId };
}

/** Sends an error of the table as JSON. */
export function sendError(reply: FastifyReply, code: ErrorCode): FastifyReply {
  return reply.code(errorTable[code].http).send(errorBody(code, reply.request.id));
}

/** What Fastify could not route or parse, as a code; anything unexpected is INTERNAL. */
export function errorCodeOf(error: FastifyError | AmandaError | Error): ErrorCode {
  if (error instanceof AmandaError) return error.code;
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status >= 500) return 'INTERNAL';
  return refusals[status] ?? 'INVALID_INPUT';
}

/** Makes every failure outside tRPC a JSON answer with a code: never HTML, never a stack. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const code = errorCodeOf(error);
    if (code === 'INTERNAL') log.error({ err: error, requestId: request.id }, 'A request failed');
    return sendError(reply, code);
  });
  app.setNotFoundHandler((_request, reply) => sendError(reply, 'NOT_FOUND'));
}
