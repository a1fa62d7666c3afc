import { ClientError, ServerError, Status } from 'nice-grpc';
import { safeReason } from './reason.ts';

/**
 * Why an answer did not come to its end. Each names one thing that a caller can act on:
 *
 * - `UNAVAILABLE`: the backend could not be reached, or went away before the answer ended.
 * - `FIRST_PIECE_TIMEOUT`: nothing came within the deadline for the first piece.
 * - `SILENCE_TIMEOUT`: pieces came, then none for the longest silence.
 * - `TIMED_OUT`: the backend itself, or the model behind it, gave up waiting.
 * - `REJECTED`: the backend refuses this request; the same one will be refused again.
 * - `RATE_LIMITED`: the backend, or the model behind it, has had enough for now; later it may work.
 * - `MISCONFIGURED`: the backend lacks credentials, rights or settings; only its operator can help.
 * - `INCOMPATIBLE`: what answers is not an AIService.
 * - `REQUEST_TOO_LARGE`: the backend does not take a request of this size.
 * - `PIECE_TOO_LARGE`: one piece exceeded `maxPieceBytes`.
 * - `CLOSED`: the client was closed before or during the call.
 * - `FAILED`: the backend failed in its own way.
 */
export type AiErrorCode =
  | 'UNAVAILABLE'
  | 'FIRST_PIECE_TIMEOUT'
  | 'SILENCE_TIMEOUT'
  | 'TIMED_OUT'
  | 'REJECTED'
  | 'RATE_LIMITED'
  | 'MISCONFIGURED'
  | 'INCOMPATIBLE'
  | 'REQUEST_TOO_LARGE'
  | 'PIECE_TOO_LARGE'
  | 'CLOSED'
  | 'FAILED';

/**
 * The only error besides an `AbortError` that an {@link AiClient} throws. `message` carries what the backend said, without
 * keys, and is for logs, not for users; `cause` is the gRPC error where there is one.
 */
export class AiError extends Error {
  readonly code: AiErrorCode;

  constructor(code: AiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AiError';
    this.code = code;
  }
}

/** grpc-js and gRPC core say so in the details of RESOURCE_EXHAUSTED; there is no status of its own. */
const tooLarge = /message larger than max/i;

/** The one mapping from gRPC's statuses. `OK` is here for completeness: nothing fails with it. */
const codeOfStatus: Readonly<Record<Status, AiErrorCode>> = {
  [Status.OK]: 'FAILED',
  // Our own cancel never gets here: it is an AbortError. This is a backend that shuts down.
  [Status.CANCELLED]: 'UNAVAILABLE',
  [Status.UNKNOWN]: 'FAILED',
  [Status.INVALID_ARGUMENT]: 'REJECTED',
  // We set no gRPC deadline, so it is one of the backend's own.
  [Status.DEADLINE_EXCEEDED]: 'TIMED_OUT',
  [Status.NOT_FOUND]: 'REJECTED',
  [Status.ALREADY_EXISTS]: 'REJECTED',
  [Status.PERMISSION_DENIED]: 'MISCONFIGURED',
  [Status.RESOURCE_EXHAUSTED]: 'RATE_LIMITED',
  [Status.FAILED_PRECONDITION]: 'MISCONFIGURED',
  [Status.ABORTED]: 'FAILED',
  [Status.OUT_OF_RANGE]: 'REJECTED',
  [Status.UNIMPLEMENTED]: 'INCOMPATIBLE',
  [Status.INTERNAL]: 'FAILED',
  [Status.UNAVAILABLE]: 'UNAVAILABLE',
  [Status.DATA_LOSS]: 'FAILED',
  [Status.UNAUTHENTICATED]: 'MISCONFIGURED',
};

/**
 * The AiError for whatever a call threw. `headersReceived` tells a piece that was too large for us from a request that
 * was too large for the backend: a backend refuses a request before it sends headers.
 */
export function toAiError(thrown: unknown, headersReceived: boolean): AiError {
  if (thrown instanceof AiError) return thrown;
  if (!(thrown instanceof ClientError || thrown instanceof ServerError)) {
    return new AiError('FAILED', 'The AI backend failed', { cause: thrown });
  }
  const details = safeReason(thrown.details);
  // The thrown one carries the backend's own words, keys included, and logs print causes.
  const cause =
    thrown instanceof ClientError
      ? new ClientError(thrown.path, thrown.code, details)
      : new ServerError(thrown.code, details);
  if (thrown.code === Status.RESOURCE_EXHAUSTED && tooLarge.test(details)) {
    const code = headersReceived ? 'PIECE_TOO_LARGE' : 'REQUEST_TOO_LARGE';
    return new AiError(code, details, { cause });
  }
  return new AiError(codeOfStatus[thrown.code], details || Status[thrown.code], { cause });
}
