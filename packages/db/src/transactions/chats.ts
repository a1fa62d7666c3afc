import { keepClientKey, recallClientKey } from './client-keys.ts';
import { appendFeed } from './feed.ts';
import { type ClosedRun, closeRunOfChat } from './journal.ts';
import { ownedBy } from './messages.ts';
import { Refused } from './refused.ts';
import { indexTitle } from './search-index.ts';
import type { ClientKeyInput } from './start.ts';
import {
  all,
  exactlyOne,
  first,
  int,
  nullable,
  type Row,
  str,
  type Transaction,
  time,
} from './transaction.ts';

/** A chat as it is stored, with the answer that is being written in it. */
export interface StoredChat {
  readonly id: number;
  readonly title: string;
  readonly createdAt: Date;
  readonly lastMessageAt: Date;
  readonly lastMessageId: number;
  readonly readMessageId: number;
  readonly activeMessageId: number | null;
}

const selectChats = `
  SELECT h.id, h.title, h.created_at, h.last_message_at, h.last_message_id, h.read_message_id, h.user_id, h.deleted_at,
         r.message_id AS active_message_id
    FROM chats h LEFT JOIN runs r ON r.active_chat_id = h.id`;

function toChat(row: Row): StoredChat {
  return {
    id: int(row, 'id'),
    title: str(row, 'title'),
    createdAt: time(row, 'created_at'),
    lastMessageAt: time(row, 'last_message_at'),
    lastMessageId: int(row, 'last_message_id'),
    readMessageId: int(row, 'read_message_id'),
    activeMessageId: nullable(int, row, 'active_message_id'),
  };
}

/** Reads a chat of the user. */
export function* readChat(userId: number, chatId: number): Transaction<StoredChat> {
  return toChat(ownedBy(userId, yield* first(`${selectChats} WHERE h.id = ?`, chatId)));
}

/** A page of the user's chats, newest activity first. */
export function* listChats(
  userId: number,
  page: { cursor: { lastMessageAt: Date; id: number } | undefined; limit: number },
): Transaction<{ items: readonly StoredChat[]; more: boolean }> {
  const order = 'ORDER BY h.last_message_at DESC, h.id DESC LIMIT ?';
  const mine = `${selectChats} WHERE h.user_id = ? AND h.deleted_at IS NULL`;
  const rows =
    page.cursor === undefined
      ? yield* all(`${mine} ${order}`, userId, page.limit + 1)
      : yield* all(
          `${mine} AND (h.last_message_at, h.id) < (?, ?) ${order}`,
          userId,
          page.cursor.lastMessageAt,
          page.cursor.id,
          page.limit + 1,
        );
  return { items: rows.slice(0, page.limit).map(toChat), more: rows.length > page.limit };
}

/**
 * Makes an empty chat; with a key that was used before it gives the chat that was made then.
 * @param most chats that the user may have, without those that are deleted
 */
export function* createChat(
  userId: number,
  key: ClientKeyInput | undefined,
  at: Date,
  most = Number.MAX_SAFE_INTEGER,
): Transaction<StoredChat> {
  const known = yield* recallClientKey<{ chatId: number }>(userId, key);
  if (known !== undefined) return yield* readChat(userId, known.chatId);
  const there = yield* exactlyOne(
    'SELECT count(*) AS n FROM (SELECT 1 FROM chats WHERE user_id = ? AND deleted_at IS NULL LIMIT ?) AS counted',
    userId,
    most,
  );
  if (int(there, 'n') >= most) throw new Refused('TOO_MANY_CHATS');
  const row = yield* exactlyOne(
    `INSERT INTO chats (user_id, title, created_at, title_source, last_message_at)
     VALUES (?, 'New Chat', ?, 'default', ?) RETURNING id`,
    userId,
    at,
    at,
  );
  const chatId = int(row, 'id');
  yield* keepClientKey(userId, key, { chatId }, at);
  const chat = yield* readChat(userId, chatId);
  yield* appendFeed(userId, [{ type: 'chat.created', chatId }], at);
  return chat;
}

/** Gives a chat the name that its user chose. */
export function* renameChat(
  userId: number,
  chatId: number,
  title: string,
  at: Date,
): Transaction<StoredChat> {
  yield* readChat(userId, chatId);
  yield* all("UPDATE chats SET title = ?, title_source = 'user' WHERE id = ?", title, chatId);
  yield* indexTitle(userId, chatId, title);
  const chat = yield* readChat(userId, chatId);
  yield* appendFeed(userId, [{ type: 'chat.renamed', chatId }], at);
  return chat;
}

/** Marks a chat as seen up to a message; never moves back. */
export function* markRead(
  userId: number,
  chatId: number,
  messageId: number,
  at: Date,
): Transaction<StoredChat> {
  const chat = yield* readChat(userId, chatId);
  const seen = Math.min(messageId, chat.lastMessageId);
  if (seen <= chat.readMessageId) return chat;
  yield* all('UPDATE chats SET read_message_id = ? WHERE id = ?', seen, chatId);
  yield* appendFeed(userId, [{ type: 'chat.read', chatId }], at);
  return { ...chat, readMessageId: seen };
}

/** Hides a chat and ends its run, in one transaction. */
export function* deleteChat(userId: number, chatId: number, at: Date): Transaction<ClosedRun | undefined> {
  yield* readChat(userId, chatId);
  const ended = yield* closeRunOfChat(chatId, { status: 'stopped' }, at);
  yield* all('UPDATE chats SET deleted_at = ? WHERE id = ?', at, chatId);
  yield* appendFeed(
    userId,
    [...(ended === undefined ? [] : [ended.entry]), { type: 'chat.deleted', chatId }],
    at,
  );
  return ended?.closed;
}

/** Brings a chat back that was deleted after the given time. */
export function* restoreChat(
  userId: number,
  chatId: number,
  deletedAfter: Date,
  at: Date,
): Transaction<StoredChat> {
  const row = yield* first('SELECT user_id, deleted_at FROM chats WHERE id = ?', chatId);
  if (row === undefined) throw new Refused('NOT_FOUND');
  if (int(row, 'user_id') !== userId) throw new Refused('FOREIGN');
  const deletedAt = nullable(time, row, 'deleted_at');
  if (deletedAt === null) return yield* readChat(userId, chatId);
  if (deletedAt < deletedAfter) throw new Refused('NOT_FOUND');
  yield* all('UPDATE chats SET deleted_at = NULL WHERE id = ?', chatId);
  const chat = yield* readChat(userId, chatId);
  yield* appendFeed(userId, [{ type: 'chat.restored', chatId }], at);
  return chat;
}
