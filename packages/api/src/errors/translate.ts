import type { AmandaErrorShape } from '@amanda/contract';
import { type ErrorCode, type ErrorDetails, errorTable } from '@amanda/contract';
import { AmandaError, domainErrorOf } from '@amanda/core';
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import type { Surface } from '../context.ts';
import { InvalidInput } from './input.ts';

/** What tRPC itself refuses, in codes of the table. */
const codesOfTransport: Partial<Record<TRPCError['code'], ErrorCode>> = {
  PARSE_ERROR: 'INVALID_INPUT',
  BAD_REQUEST: 'INVALID_INPUT',
  NOT_FOUND: 'NOT_FOUND',
  METHOD_NOT_SUPPORTED: 'METHOD_NOT_ALLOWED',
  PAYLOAD_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  UNSUPPORTED_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
};

/** Whatever was thrown, as an error of the table: INTERNAL for all that nobody threw on purpose. */
export function amandaErrorOf(thrown: unknown, options: { input?: unknown } = {}): AmandaError {
  const known = domainErrorOf(thrown instanceof TRPCError ? thrown.cause : thrown);
  if (known !== undefined) return known;
  if (!(thrown instanceof TRPCError)) return new AmandaError('INTERNAL', { cause: thrown });
  if (thrown.code === 'BAD_REQUEST' && thrown.cause instanceof ZodError) {
    return new InvalidInput(thrown.cause, options.input);
  }
  const code = codesOfTransport[thrown.code] ?? 'INTERNAL';
  return new AmandaError(code, { cause: thrown.cause ?? thrown, details: detailsOfTransport(thrown) });
}

/** What tRPC says only in its texts. */
function detailsOfTransport({ code, message }: TRPCError): ErrorDetails {
  if (code === 'METHOD_NOT_SUPPORTED') return { hint: 'Queries are called by GET, mutations by POST.' };
  if (code === 'BAD_REQUEST' && message.startsWith('Batch call exceeds')) {
    return { reason: 'many', hint: 'The batch has too many calls: give httpBatchLink `maxItems`.' };
  }
  if (code === 'PARSE_ERROR') return { reason: 'format', hint: 'The input is not JSON.' };
  return {};
}

/** Makes another user's object look like none at all, except to `compat`, whose contract tells them apart. */
export function hideForeign(error: AmandaError, surface: Surface): AmandaError {
  if (error.code !== 'FOREIGN_OBJECT' || surface === 'compat') return error;
  return new AmandaError('NOT_FOUND', { details: error.details });
}

/** The error as tRPC carries it: its code for the transport, the error of the table as its cause. */
export function trpcErrorOf(error: AmandaError): TRPCError {
  const { trpc, text } = errorTable[error.code];
  return new TRPCError({ code: trpc, message: text, cause: error });
}

/** What a client is told about an error. */
export function describeError(error: AmandaError, requestId: string | null): AmandaErrorShape {
  const { retry, text } = errorTable[error.code];
  const issues = error instanceof InvalidInput ? { issues: [...error.issues] } : {};
  return { code: error.code, text, retry, details: { ...error.details, ...issues }, requestId };
}
