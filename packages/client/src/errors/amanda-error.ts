import type { AmandaErrorShape, ErrorCode, ErrorDetails } from '@amanda/contract';
import { TRPCClientError } from '@trpc/client';

/** What the client says no with besides the codes of the server. */
export type ClientErrorCode =
  /** No answer came: the network, a proxy or the server is away. */
  | 'LINK_LOST'
  /** The server speaks a newer contract than this client. */
  | 'CLIENT_OUTDATED'
  /** The server sent something that the contract does not know. */
  | 'UNREADABLE'
  /** `close()` was called, or the call was aborted. */
  | 'ABORTED'
  /** A message with files was to be sent, and the server takes none. */
  | 'NO_ATTACHMENTS';

/** A code of `docs/errors.md`, or one of the client's own. */
export type AnyErrorCode = ErrorCode | ClientErrorCode;

/** What the errors of the high-level calls are. `message` may be shown to a user. */
export class AmandaError extends Error {
  override readonly name = 'AmandaError';
  readonly code: AnyErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retry: boolean;
  readonly details: ErrorDetails;
  /** Names the call in the server's log. */
  readonly requestId: string | null;

  constructor(
    code: AnyErrorCode,
    text: string,
    options: {
      cause?: unknown;
      retry?: boolean;
      details?: ErrorDetails;
      requestId?: string | null;
    } = {},
  ) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? false;
    this.details = options.details ?? {};
    this.requestId = options.requestId ?? null;
  }
}

export const outdated = (): AmandaError =>
  new AmandaError(
    'CLIENT_OUTDATED',
    'This app is older than the server. Please update it (or reload the page).',
  );

export const unreadable = (what: string): AmandaError =>
  new AmandaError('UNREADABLE', `The server sent ${what} that this client cannot read.`);

export const aborted = (): AmandaError => new AmandaError('ABORTED', 'The call was given up.');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Whether a shape from the wire is what every error of the server carries. */
function isAmandaShape(shape: unknown): shape is AmandaErrorShape {
  return (
    isRecord(shape) &&
    typeof shape['code'] === 'string' &&
    typeof shape['text'] === 'string' &&
    typeof shape['retry'] === 'boolean' &&
    isRecord(shape['details'])
  );
}

/** The status of the HTTP answer that an error came from, if there was one. An `EventSource` puts it into its event. */
function statusOf(error: TRPCClientError<never>): number | undefined {
  const response: unknown = error.meta?.['response'];
  if (isRecord(response) && typeof response['status'] === 'number') return response['status'];
  return isRecord(error.cause) && typeof error.cause['code'] === 'number' ? error.cause['code'] : undefined;
}

/** Body, address and headers: what Node or a proxy refuses before Amanda sees it. */
const tooLarge: ReadonlySet<number> = new Set([413, 414, 431]);

/** Reads whatever a call of the client, plain tRPC included, has thrown. Never throws. */
export function amandaErrorOf(thrown: unknown): AmandaError {
  if (thrown instanceof AmandaError) return thrown;
  if (!(thrown instanceof TRPCClientError)) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return new AmandaError('UNREADABLE', text, { cause: thrown });
  }
  const error: TRPCClientError<never> = thrown;
  if (error.cause instanceof AmandaError) return error.cause;
  const data: unknown = error.data;
  const shape = isRecord(data) ? data['amanda'] : undefined;
  if (isAmandaShape(shape)) {
    const { code, details, requestId, retry, text } = shape;
    return new AmandaError(code, text, { cause: thrown, details, requestId, retry });
  }
  if (isRecord(error.cause) && error.cause['name'] === 'AbortError') return aborted();
  // Proxies answer for a server that is away (5xx), and answers break off (2xx); anything else is somebody else's page.
  const status = statusOf(error);
  if (status === 401) {
    return new AmandaError('UNAUTHENTICATED', 'Please log in.', { cause: thrown });
  }
  if (status !== undefined && tooLarge.has(status)) {
    return new AmandaError('PAYLOAD_TOO_LARGE', 'The request is too large.', { cause: thrown });
  }
  if (status === undefined || status >= 500 || (status >= 200 && status < 300)) {
    return new AmandaError('LINK_LOST', 'The server cannot be reached.', { cause: thrown, retry: true });
  }
  return new AmandaError('UNREADABLE', `The answer (HTTP status ${status}) does not come from Amanda.`, {
    cause: thrown,
  });
}

/** Whether an error says that nobody is logged in any more. */
export function isSignedOut(error: AmandaError): boolean {
  return error.code === 'UNAUTHENTICATED' || error.code === 'SESSION_ENDED';
}

/** Codes after which the same call with the same `clientId` succeeds as soon as the server is well again. */
const passing: ReadonlySet<AnyErrorCode> = new Set([
  'LINK_LOST',
  'SHUTTING_DOWN',
  'STORAGE_UNAVAILABLE',
  'ANSWERS_UNREAD',
]);

/** Whether a call that may be repeated should be, without asking the user. */
export function isPassing(error: AmandaError): boolean {
  return passing.has(error.code);
}
