import { unindex } from './search-index.ts';
import { startOfPage } from './start-of-page.ts';
import { all, first, int, type Transaction } from './transaction.ts';

// What nobody can reach any more is removed in slices, each a transaction of its own, so that no other call waits for a
// large chat or account.

/** How much one transaction removes: rows, and bytes of text, which the search index reads once more. */
const slice = { limit: 50, bytes: 65_536 } as const;

/** Whose e-mail address nobody can type: it has no @. */
const addressOfDeleted = (userId: number): string => `deleted account ${userId}`;

/**
 * Makes an account unreachable, in one transaction, and its address free: nobody can log in to it, open a session of it or
 * find it. The role `deleted` marks it until its rows are removed by {@link removeUserSlice}, after a crash by the sweep.
 */
export function* buryUser(userId: number, at: Date): Transaction<void> {
  yield* all(
    `UPDATE users SET role = 'deleted', email = ?, password_hash = '', display_name = NULL, email_verified_at = NULL,
            disabled_at = ? WHERE id = ?`,
    addressOfDeleted(userId),
    at,
    userId,
  );
}

/** The account that is to be removed next. */
export function* nextBuriedUser(): Transaction<number | undefined> {
  const row = yield* first("SELECT id FROM users WHERE role = 'deleted' ORDER BY id LIMIT 1");
  return row === undefined ? undefined : int(row, 'id');
}

/**
 * Removes a bounded part of a chat: its messages with what hangs on them, and at last the chat.
 * @returns how many rows; the chat is gone when it is less than a slice holds, see `isGone`
 */
export function* removeChatSlice(chatId: number): Transaction<{ rows: number; isGone: boolean }> {
  const messages = yield* all(
    'SELECT id, octet_length(content) AS bytes FROM messages WHERE chat_id = ? ORDER BY id LIMIT ?',
    chatId,
    slice.limit,
  );
  const fitting = messages.slice(0, startOfPage(messages, slice));
  for (const message of fitting) {
    const id = int(message, 'id');
    yield* unindex([id]);
    yield* all('DELETE FROM messages WHERE id = ?', id);
  }
  if (messages.length > 0) return { rows: fitting.length, isGone: false };
  yield* unindex([-chatId]);
  yield* all('DELETE FROM chats WHERE id = ?', chatId);
  return { rows: 1, isGone: true };
}

/** Tables with many rows of one user, by the columns that name a row. */
const piles = [
  ['client_keys', 'client_id'],
  ['feed_events', 'seq'],
  ['sessions', 'id'],
  ['api_tokens', 'id'],
  ['mail_tokens', 'id'],
] as const;

/**
 * Removes a bounded part of an account, and at last the account itself. Its runs must have been ended.
 * @returns whether it is gone
 */
export function* removeUserSlice(userId: number): Transaction<boolean> {
  for (let rows = 0; rows < slice.limit; ) {
    const chat = yield* first('SELECT id FROM chats WHERE user_id = ? ORDER BY id LIMIT 1', userId);
    if (chat === undefined) break;
    const removed = yield* removeChatSlice(int(chat, 'id'));
    rows += removed.rows;
    // Its text was what fits; the next slice goes on.
    if (!removed.isGone || rows >= slice.limit) return false;
  }
  for (const [table, column] of piles) {
    const removed = yield* all(
      `DELETE FROM ${table} WHERE user_id = ? AND ${column} IN
         (SELECT ${column} FROM ${table} WHERE user_id = ? LIMIT ?) RETURNING user_id`,
      userId,
      userId,
      slice.limit,
    );
    if (removed.length > 0) return false;
  }
  yield* all('DELETE FROM users WHERE id = ?', userId);
  return true;
}
