import { z } from 'zod';
import { errorCode } from './error.ts';
import { clientId, id, ignoredDirection, messageText, pageLimit } from './scalars.ts';

/** What became of a message; see `docs/streaming.md`. */
export const messageStatus = z.enum(['streaming', 'complete', 'stopped', 'failed', 'interrupted']);

/** Whether a text, read from the database, is a status. */
export const isMessageStatus = (text: string): text is MessageStatus =>
  messageStatus.options.some((status) => status === text);

/** What an answer cost, as far as the AI backend said so. */
export const usage = z.strictObject({
  model: z.string().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  firstPieceMs: z.number().nullable(),
  durationMs: z.number().nullable(),
  finishReason: z.string().nullable(),
});

/** A message as its owner sees it. */
export const message = z.strictObject({
  id,
  chatId: id,
  role: z.enum(['user', 'assistant']),
  /** The stored text; of an answer being written, what there is so far. */
  text: z.string(),
  status: messageStatus,
  createdAt: z.date(),
  /** Why the answer failed. */
  error: errorCode.nullable(),
  /** The question that this answers. */
  replyTo: id.nullable(),
  /** Which of how many versions this is, counted from 1. */
  version: z.strictObject({ index: z.int(), count: z.int() }),
  /** While the answer is being written: give it to `message.stream` to get what comes after `text`. */
  eventId: z.string().nullable(),
  usage: usage.nullable(),
});

export const listMessagesInput = z.strictObject({
  chatId: id,
  /** A message's id: only what is older or newer than it. */
  cursor: id.nullish(),
  limit: pageLimit.default(50),
  /** Pages begin at the newest message and go `older`, or at the oldest and go `newer`. */
  toward: z.enum(['older', 'newer']).default('older'),
  direction: ignoredDirection,
});

/**
 * The items of a page are oldest first, whichever way the pages go. A page may have fewer than `limit`, since its text
 * is bounded as well: only `nextCursor` says whether more follows.
 */
export const messagePage = z.strictObject({ items: z.array(message).readonly(), nextCursor: id.nullable() });

export const messageInput = z.strictObject({ messageId: id });

/** A version, and the last message after it that was given. */
export const versionCursor = z.strictObject({ versionId: id, messageId: id });

export const listVersionsInput = z.strictObject({
  messageId: id,
  cursor: versionCursor.nullish(),
  /** Of messages, those that follow a version included. */
  limit: pageLimit.default(200),
  direction: ignoredDirection,
});

export const versionPage = z.strictObject({
  /** Oldest first. A version with more after it than fits comes again on the next page, with what followed then. */
  items: z
    .array(
      z.strictObject({
        message,
        /** What stood after this version when it left the path, or stands there now. */
        followedBy: z.array(message).readonly(),
      }),
    )
    .readonly(),
  nextCursor: versionCursor.nullable(),
});

export const sendInput = z.strictObject({ chatId: id, text: messageText, clientId: clientId.optional() });
export const editInput = z.strictObject({ messageId: id, text: messageText, clientId: clientId.optional() });
/** For `regenerate` and `continue`. */
export const againInput = z.strictObject({ messageId: id, clientId: clientId.optional() });

/** A turn that began. Subscribe to `message.stream` with `messageId` and `eventId`. */
export const started = z.strictObject({
  chatId: id,
  questionId: id,
  /** The answer that is being written. */
  messageId: id,
  runId: id,
  eventId: z.string(),
});

export type MessageStatus = z.infer<typeof messageStatus>;
export type Usage = Readonly<z.infer<typeof usage>>;
export type Message = Readonly<z.infer<typeof message>>;
export type MessagePage = Readonly<z.infer<typeof messagePage>>;
export type VersionCursor = Readonly<z.infer<typeof versionCursor>>;
export type VersionPage = Readonly<z.infer<typeof versionPage>>;
export type Started = Readonly<z.infer<typeof started>>;
