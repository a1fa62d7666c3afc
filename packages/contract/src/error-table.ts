/**
 * Every way in which Amanda says no. One row gives a code its tRPC code, its HTTP status, whether the same call may
 * succeed later, and the text that a user may see. tRPC's formatter, REST and Socket.IO all read this table;
 * `docs/errors.md` lists it.
 */
export interface ErrorRow {
  /** The code that tRPC sends; see the tRPC documentation on error codes. */
  readonly trpc:
    | 'BAD_REQUEST'
    | 'UNAUTHORIZED'
    | 'FORBIDDEN'
    | 'NOT_FOUND'
    | 'METHOD_NOT_SUPPORTED'
    | 'CONFLICT'
    | 'PAYLOAD_TOO_LARGE'
    | 'UNSUPPORTED_MEDIA_TYPE'
    | 'TOO_MANY_REQUESTS'
    | 'INTERNAL_SERVER_ERROR'
    | 'BAD_GATEWAY'
    | 'SERVICE_UNAVAILABLE'
    | 'GATEWAY_TIMEOUT';
  /** RFC 9110 status. */
  readonly http: number;
  /** Whether the same call may succeed later without a change. */
  readonly retry: boolean;
  /** What a user may read. */
  readonly text: string;
}

const row = (trpc: ErrorRow['trpc'], http: number, retry: boolean, text: string): ErrorRow => ({
  trpc,
  http,
  retry,
  text,
});

export const errorTable = {
  INVALID_INPUT: row('BAD_REQUEST', 400, false, 'The input is not valid.'),
  INVALID_EVENT_ID: row('BAD_REQUEST', 400, false, 'The event id does not belong to this stream.'),
  INVALID_TOKEN: row('BAD_REQUEST', 400, false, 'This link is not valid or has expired.'),
  PASSWORD_TOO_COMMON: row(
    'BAD_REQUEST',
    400,
    false,
    'This password is too common. Please choose another one.',
  ),
  UNAUTHENTICATED: row('UNAUTHORIZED', 401, false, 'Authentication required'),
  SESSION_ENDED: row('UNAUTHORIZED', 401, false, 'Your session has ended. Please log in again.'),
  INVALID_CREDENTIALS: row('UNAUTHORIZED', 401, false, 'Invalid email or password'),
  FORBIDDEN: row('FORBIDDEN', 403, false, 'Access denied'),
  TOKEN_NOT_ALLOWED: row('FORBIDDEN', 403, false, 'This needs a login: a bearer token may not do it.'),
  EMAIL_NOT_VERIFIED: row('FORBIDDEN', 403, false, 'Please verify your email address first.'),
  ACCOUNT_DISABLED: row('FORBIDDEN', 403, false, 'This account is disabled.'),
  ORIGIN_REFUSED: row('FORBIDDEN', 403, false, 'This origin may not call Amanda.'),
  /** Known only to `core` and to the legacy surface; everybody else is told NOT_FOUND. */
  FOREIGN_OBJECT: row('FORBIDDEN', 403, false, 'Access denied'),
  NOT_FOUND: row('NOT_FOUND', 404, false, 'Not found'),
  METHOD_NOT_ALLOWED: row('METHOD_NOT_SUPPORTED', 405, false, 'Method not allowed'),
  NOT_OVER_WEBSOCKET: row(
    'METHOD_NOT_SUPPORTED',
    405,
    false,
    'This call needs HTTP: no cookie can be set on a WebSocket.',
  ),
  EMAIL_TAKEN: row('CONFLICT', 409, false, 'Email already registered'),
  RUN_ACTIVE: row('CONFLICT', 409, true, 'An answer is still being written in this chat.'),
  CLIENT_ID_REUSED: row('CONFLICT', 409, false, 'This client id was used for another call.'),
  NOT_POSSIBLE_NOW: row('CONFLICT', 409, false, 'This is not possible for this message.'),
  TOO_MANY_CHATS: row(
    'CONFLICT',
    409,
    false,
    'This account has as many chats as it may have. Please delete some first.',
  ),
  PAYLOAD_TOO_LARGE: row('PAYLOAD_TOO_LARGE', 413, false, 'The request is too large.'),
  UNSUPPORTED_MEDIA_TYPE: row('UNSUPPORTED_MEDIA_TYPE', 415, false, 'Please send JSON.'),
  RATE_LIMITED: row('TOO_MANY_REQUESTS', 429, true, 'Too many requests. Please try again later.'),
  TOO_MANY_RUNS: row(
    'TOO_MANY_REQUESTS',
    429,
    true,
    'Too many answers are being written at once. Please wait for one to end.',
  ),
  HASH_QUEUE_FULL: row(
    'TOO_MANY_REQUESTS',
    429,
    true,
    'Too many sign-ins at once. Please try again in a moment.',
  ),
  TOO_MANY_SUBSCRIPTIONS: row('TOO_MANY_REQUESTS', 429, true, 'Too many subscriptions on one connection.'),
  TOO_MANY_CONNECTIONS: row(
    'TOO_MANY_REQUESTS',
    429,
    true,
    'Too many connections at once. Please close some and try again.',
  ),
  BATCH_FULL: row('TOO_MANY_REQUESTS', 429, true, 'Too much was asked for at once. Please ask again.'),
  ANSWERS_UNREAD: row(
    'TOO_MANY_REQUESTS',
    429,
    true,
    'Too many answers wait to be read. Please read them first.',
  ),
  AI_UNAVAILABLE: row('BAD_GATEWAY', 502, true, 'AI service unavailable. Please try again later.'),
  AI_FAILED: row('BAD_GATEWAY', 502, true, 'The AI service failed while writing this answer.'),
  AI_TIMEOUT: row('GATEWAY_TIMEOUT', 504, true, 'The AI service took too long.'),
  AI_CUT_OFF: row(
    'BAD_GATEWAY',
    502,
    true,
    'The answer was cut off in the middle. What was written is kept.',
  ),
  AI_BUSY: row('TOO_MANY_REQUESTS', 429, true, 'The AI service is busy. Please try again in a moment.'),
  AI_MISCONFIGURED: row(
    'BAD_GATEWAY',
    502,
    false,
    'The AI service is not set up correctly. Only the operator of this server can mend that.',
  ),
  AI_REFUSED: row(
    'BAD_GATEWAY',
    502,
    false,
    'The AI service did not take this conversation. It may be too long for it.',
  ),
  AI_FILTERED: row('BAD_GATEWAY', 502, false, 'The AI service withheld its answer to this question.'),
  AI_NO_ROOM: row(
    'BAD_GATEWAY',
    502,
    true,
    'The AI service reached its length limit before it wrote an answer.',
  ),
  AI_ONLY_REASONED: row('BAD_GATEWAY', 502, true, 'The AI service thought about it, but wrote no answer.'),
  AI_CALLED_TOOL: row(
    'BAD_GATEWAY',
    502,
    true,
    'The AI service asked for a tool that there is not, and wrote no answer.',
  ),
  AI_NO_TEXT: row('BAD_GATEWAY', 502, true, 'The AI service ended without writing an answer.'),
  ANSWER_TOO_LONG: row('BAD_GATEWAY', 502, false, 'The answer grew longer than allowed and was ended.'),
  STORAGE_UNAVAILABLE: row(
    'SERVICE_UNAVAILABLE',
    503,
    true,
    'Amanda cannot store anything at the moment. Please try again later.',
  ),
  SHUTTING_DOWN: row('SERVICE_UNAVAILABLE', 503, true, 'Amanda is restarting. Please try again in a moment.'),
  INTERNAL: row('INTERNAL_SERVER_ERROR', 500, true, 'Something went wrong on our side.'),
} as const satisfies Record<string, ErrorRow>;

/** A code of the error table. */
export type ErrorCode = keyof typeof errorTable;

/** Whether a text, read from the wire or the database, is a code of the table. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
