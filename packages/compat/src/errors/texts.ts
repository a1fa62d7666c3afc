import { errorTable } from '../api.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** The one place that turns codes of the router into the texts that legacy clients know. */

const credentialsMissing = 'Email and password are required';
const signInOperations: readonly string[] = ['signUp', 'logIn'];

/** Texts for INVALID_INPUT over REST, by field and reason, or by field alone. */
const inputTexts: Readonly<Record<string, string>> = {
  body: 'Please send a JSON object',
  'body.syntax': 'Malformed JSON',
  'body.form': 'Please send JSON',
  email: 'Invalid email format',
  'email.missing': 'Email is required',
  'email.empty': 'Email is required',
  'password.missing': 'Password is required',
  'password.empty': 'Password is required',
  'password.short': 'Password must be at least 8 characters long',
  'password.long': 'Password is too long',
  password: 'Invalid password',
  title: 'Invalid title',
  'title.missing': 'Title is required',
  'title.empty': 'Title cannot be empty',
  'title.long': 'Title must be at most 100 characters long',
  token: 'Invalid token',
  'token.missing': 'Token is required',
  'token.empty': 'Token is required',
  displayName: 'Invalid display name',
  'displayName.missing': 'Display name is required',
};

/** An error as a REST client gets it. */
export interface RestError {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The documented REST answer for whatever was thrown.
 * @param operation the route's operation, which some texts depend on
 */
export function restError(thrown: unknown, operation: string): RestError {
  const { code, details } = refusalOf(thrown);
  const { http, text } = errorTable[code];
  if (http === 429) {
    const seconds = wholeSeconds(details.retryAfterSeconds);
    return {
      status: 429,
      retryAfterSeconds: seconds,
      body: {
        error: 'rate_limited',
        message: 'Too many requests. Please try again later.',
        retry_after_seconds: seconds,
        success: false,
      },
    };
  }
  const answer = (message: string, status: number = http): RestError => ({
    status,
    retryAfterSeconds:
      details.retryAfterSeconds === undefined ? null : wholeSeconds(details.retryAfterSeconds),
    body: { success: false, message },
  });
  switch (code) {
    case 'INVALID_INPUT':
      return answer(inputText(details, operation));
    case 'INVALID_TOKEN':
      return answer('Invalid or expired token');
    case 'SESSION_ENDED':
      return answer(errorTable.UNAUTHENTICATED.text);
    case 'NOT_FOUND':
      return answer(chatOperations.includes(operation) ? 'Chat not found' : 'Not found');
    default:
      return answer(text);
  }
}

const chatOperations: readonly string[] = ['listMessages', 'renameChat', 'deleteChat'];

type Details = Refusal['details'];

function inputText(details: Details, operation: string): string {
  const { field = 'body', reason = '' } = details;
  if (signInOperations.includes(operation)) {
    const issues = details.issues ?? [{ field, reason }];
    const lacks = issues.some((issue) => issue.reason === 'missing' || issue.reason === 'empty');
    if (lacks || (field === 'body' && reason === 'type')) return credentialsMissing;
  }
  return inputTexts[`${field}.${reason}`] ?? inputTexts[field] ?? errorTable.INVALID_INPUT.text;
}

/** An `error` event as a Socket.IO client gets it. */
export interface SocketError {
  readonly message: string;
  readonly retry_after_seconds?: number;
}

/** How long a client is told to wait when nobody knows better. */
const defaultRetrySeconds = 5;

/** The text that goes before the server disconnects. */
export const authenticationRequired: SocketError = { message: 'Authentication required' };

/** What a handshake is told that is refused for now. */
export const handshakeRefusals = {
  restarting: errorTable.SHUTTING_DOWN.text,
  tooMany: errorTable.TOO_MANY_CONNECTIONS.text,
  failed: 'The server cannot take connections at the moment',
} as const;

/** The documented Socket.IO error for whatever was thrown. */
export function socketError(thrown: unknown): SocketError {
  const { code, details } = refusalOf(thrown);
  switch (code) {
    case 'INVALID_INPUT':
      return { message: eventText(details) };
    case 'NOT_FOUND':
      return { message: details.field === 'messageId' ? 'Message not found' : 'Chat not found' };
    case 'FOREIGN_OBJECT':
    case 'FORBIDDEN':
      return { message: 'Access denied' };
    case 'AI_UNAVAILABLE':
    case 'AI_FAILED':
    case 'AI_TIMEOUT':
    case 'AI_CUT_OFF':
    case 'AI_BUSY':
    case 'AI_MISCONFIGURED':
    case 'AI_REFUSED':
    case 'AI_FILTERED':
    case 'AI_NO_ROOM':
    case 'AI_ONLY_REASONED':
    case 'AI_CALLED_TOOL':
    case 'AI_NO_TEXT':
    case 'ANSWER_TOO_LONG':
      return { message: 'AI service unavailable. Please try again later.' };
    case 'RUN_ACTIVE':
    case 'RATE_LIMITED':
    case 'TOO_MANY_RUNS':
    case 'TOO_MANY_SUBSCRIPTIONS':
    case 'BATCH_FULL':
    case 'ANSWERS_UNREAD':
      return {
        message: 'Too many messages. Please slow down.',
        retry_after_seconds: wholeSeconds(details.retryAfterSeconds),
      };
    case 'UNAUTHENTICATED':
    case 'SESSION_ENDED':
    case 'ACCOUNT_DISABLED':
      return authenticationRequired;
    case 'EMAIL_NOT_VERIFIED':
      return { message: errorTable[code].text };
    default:
      return { message: 'An error occurred processing your message' };
  }
}

function eventText({ field, reason }: Details): string {
  if (field === 'chatId') return 'Chat not found';
  if (field === 'messageId') return 'Message not found';
  if (field !== 'text') return 'Invalid message data';
  if (reason === 'empty') return 'Message cannot be empty';
  if (reason === 'long') return 'Message is too long';
  return 'Invalid message data';
}

const wholeSeconds = (seconds: number | undefined): number =>
  Math.max(1, Math.ceil(seconds ?? defaultRetrySeconds));
