import { z } from 'zod';

/** Every code that an error may carry; `docs/errors.md` says what each means. */
export const errorCodes = [
  'INVALID_INPUT',
  'INVALID_EVENT_ID',
  'INVALID_TOKEN',
  'PASSWORD_TOO_COMMON',
  'UNAUTHENTICATED',
  'SESSION_ENDED',
  'INVALID_CREDENTIALS',
  'FORBIDDEN',
  'TOKEN_NOT_ALLOWED',
  'EMAIL_NOT_VERIFIED',
  'ACCOUNT_DISABLED',
  'ORIGIN_REFUSED',
  'FOREIGN_OBJECT',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'NOT_OVER_WEBSOCKET',
  'EMAIL_TAKEN',
  'RUN_ACTIVE',
  'CLIENT_ID_REUSED',
  'NOT_POSSIBLE_NOW',
  'TOO_MANY_CHATS',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'TOO_MANY_RUNS',
  'HASH_QUEUE_FULL',
  'TOO_MANY_SUBSCRIPTIONS',
  'TOO_MANY_CONNECTIONS',
  'BATCH_FULL',
  'ANSWERS_UNREAD',
  'AI_UNAVAILABLE',
  'AI_FAILED',
  'AI_TIMEOUT',
  'AI_CUT_OFF',
  'AI_BUSY',
  'AI_MISCONFIGURED',
  'AI_REFUSED',
  'AI_FILTERED',
  'AI_NO_ROOM',
  'AI_ONLY_REASONED',
  'AI_CALLED_TOOL',
  'AI_NO_TEXT',
  'ANSWER_TOO_LONG',
  'STORAGE_UNAVAILABLE',
  'SHUTTING_DOWN',
  'INTERNAL',
] as const;

export const errorCode = z.enum(errorCodes);

/** One thing that is wrong with an input. */
export const inputIssue = z.strictObject({
  /** Path of the field, joined by dots; empty for the input as a whole. */
  field: z.string(),
  /** `missing`, `empty`, `short`, `long`, `format`, `type`, `range`, `value`, `unknown`; see `docs/errors.md`. */
  reason: z.string(),
});

export const errorDetails = z.strictObject({
  field: z.string().optional(),
  reason: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
  activeMessageId: z.number().optional(),
  /** What a developer has to change in the call; no text for users. */
  hint: z.string().optional(),
  /** For INVALID_INPUT: the first few things that are wrong; `field` and `reason` are those of the first. */
  issues: z.array(inputIssue).optional(),
});

/** What every error carries as `data.amanda`, whatever the transport. */
export const amandaErrorShape = z.strictObject({
  code: errorCode,
  /** A text that may be shown to a user. */
  text: z.string(),
  /** Whether the same call may succeed later without a change. */
  retry: z.boolean(),
  details: errorDetails,
  /** The operator finds the cause in the log by this id; null when the request was refused before it got one. */
  requestId: z.string().nullable(),
});

export type ErrorCode = (typeof errorCodes)[number];
export type InputIssue = z.infer<typeof inputIssue>;

/** See the schema of this name. Written out, since every error of the router has this type, also where zod is not. */
export interface AmandaErrorShape {
  code: ErrorCode;
  text: string;
  retry: boolean;
  details: {
    field?: string | undefined;
    reason?: string | undefined;
    retryAfterSeconds?: number | undefined;
    activeMessageId?: number | undefined;
    hint?: string | undefined;
    issues?: { field: string; reason: string }[] | undefined;
  };
  requestId: string | null;
}
