import type { AmandaErrorShape } from '@amanda/contract';
import { errorTable } from '@amanda/contract';
import { AmandaError, type Log } from '@amanda/core';
import type { TRPCError } from '@trpc/server';
import { type TRPC_ERROR_CODE_NUMBER, TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { Surface } from '../context.ts';
import { amandaErrorOf, describeError, hideForeign } from './translate.ts';

/** An error as it goes over the wire. Nothing of the original error is in it. */
export interface ErrorShape {
  message: string;
  /** JSON-RPC 2.0 error code, as tRPC assigns them. */
  code: TRPC_ERROR_CODE_NUMBER;
  data: {
    /** tRPC's name of the code. */
    code: TRPCError['code'];
    httpStatus: number;
    amanda: AmandaErrorShape;
  };
}

/** The last place that sees every error, also those of the transport and of streams, which pass no middleware. */
export function formatError(options: {
  error: TRPCError;
  ctx?: { surface: Surface; requestId: string; log: Log } | undefined;
}): ErrorShape {
  const { error: thrown, ctx } = options;
  const error = hideForeign(amandaErrorOf(thrown), ctx?.surface ?? 'trpc-http');
  const wasReported = thrown.cause instanceof AmandaError;
  if (error.code === 'INTERNAL' && !wasReported) {
    ctx?.log.error({ err: error.cause, requestId: ctx.requestId }, 'a call failed outside of its procedure');
  }
  const { http, text, trpc } = errorTable[error.code];
  return {
    message: text,
    code: TRPC_ERROR_CODES_BY_KEY[trpc],
    data: { code: trpc, httpStatus: http, amanda: describeError(error, ctx?.requestId ?? null) },
  };
}
