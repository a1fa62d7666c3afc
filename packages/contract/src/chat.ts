import { z } from 'zod';
import { chatTitle, clientId, id, ignoredDirection, pageLimit, searchQuery, storedTime } from './scalars.ts';

/** A chat as its owner sees it. */
export const chat = z.strictObject({
  id,
  title: z.string(),
  createdAt: z.date(),
  /** Equals `createdAt` while the chat is empty. */
  lastMessageAt: z.date(),
  /** Whether there is a message that `markRead` has not covered. */
  unread: z.boolean(),
  /** The answer that is being written now. */
  activeMessageId: id.nullable(),
});

/** The last chat of the page before. */
export const chatCursor = z.strictObject({ lastMessageAt: storedTime, id });

export const listChatsInput = z
  .strictObject({
    cursor: chatCursor.nullish(),
    limit: pageLimit.default(50),
    direction: ignoredDirection,
  })
  .prefault({});

/** Newest activity first. */
export const chatPage = z.strictObject({
  items: z.array(chat).readonly(),
  nextCursor: chatCursor.nullable(),
});

/** The same `clientId` again gives the same chat. */
export const createChatInput = z.strictObject({ clientId: clientId.optional() }).prefault({});
export const chatInput = z.strictObject({ chatId: id });
export const renameChatInput = z.strictObject({ chatId: id, title: chatTitle });
export const markReadInput = z.strictObject({ chatId: id, messageId: id });

export const searchInput = z.strictObject({
  query: searchQuery,
  cursor: z.int().nonnegative().nullish(),
  limit: pageLimit.default(20),
  direction: ignoredDirection,
});

export const searchHit = z.strictObject({
  chat,
  /** The message that matched, null when the title did. */
  messageId: id.nullable(),
  /** The text around the match. */
  snippet: z.string(),
  /** What matched, as [start, end) in UTF-16 code units of `snippet`. */
  marks: z.array(z.tuple([z.int(), z.int()]).readonly()).readonly(),
});

/**
 * Titles first, then messages, the newest first. A page may have fewer than `limit`: only `nextCursor` says whether more
 * follows.
 */
export const searchPage = z.strictObject({
  items: z.array(searchHit).readonly(),
  nextCursor: z.number().nullable(),
});

export type Chat = Readonly<z.infer<typeof chat>>;
export type ChatCursor = Readonly<z.infer<typeof chatCursor>>;
export type ChatPage = Readonly<z.infer<typeof chatPage>>;
export type SearchHit = Readonly<z.infer<typeof searchHit>>;
export type SearchPage = Readonly<z.infer<typeof searchPage>>;
