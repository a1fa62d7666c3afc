import { all, int, type Script, str } from './script.ts';

// The full-text index is SQLite's FTS5 (https://sqlite.org/fts5.html), written in the same transaction as the text.
// `owner` holds one term per user, so that a search visits that user's entries only. The rowid is the message's id,
// or minus the chat's id for a title.

/** A final text to be found. */
export interface IndexedMessage {
  readonly userId: number;
  readonly chatId: number;
  readonly messageId: number;
  readonly text: string;
}

const ownerTerm = (userId: number): string => `u${userId}`;

/** Makes a message's final text findable, in the place of what was indexed for it before. */
export function* indexMessage(message: IndexedMessage): Script<void> {
  yield* unindexMessages([message.messageId]);
  if (message.text === '') return;
  yield* all(
    'INSERT INTO search_entries (rowid, owner, text, chat_id) VALUES (?, ?, ?, ?)',
    message.messageId,
    ownerTerm(message.userId),
    message.text,
    message.chatId,
  );
}

/** Makes a chat's title findable, in the place of its former one. */
export function* indexTitle(userId: number, chatId: number, title: string): Script<void> {
  yield* all('DELETE FROM search_entries WHERE rowid = ?', -chatId);
  yield* all(
    'INSERT INTO search_entries (rowid, owner, text, chat_id) VALUES (?, ?, ?, ?)',
    -chatId,
    ownerTerm(userId),
    title,
    chatId,
  );
}

/** Takes messages out of the index. */
export function* unindexMessages(messageIds: readonly number[]): Script<void> {
  for (const id of messageIds) yield* all('DELETE FROM search_entries WHERE rowid = ?', id);
}

/** Takes a chat's title and all its messages out of the index. */
export function* unindexChat(chatId: number): Script<void> {
  yield* all('DELETE FROM search_entries WHERE rowid IN (SELECT id FROM messages WHERE chat_id = ?)', chatId);
  yield* all('DELETE FROM search_entries WHERE rowid = ?', -chatId);
}

/** The characters that stand around a match in a snippet; private use, so that no text means them. */
export const snippetMarks = { open: '\uE000', close: '\uE001' } as const;

/** A found chat title (`messageId` null) or message. */
export interface StoredHit {
  readonly chatId: number;
  readonly messageId: number | null;
  /** Text around the match, with `snippetMarks` around each matched word. */
  readonly snippet: string;
}

/**
 * Finds texts that have all the words, the last one as a prefix; best first. Titles count more than messages.
 * @param words words without FTS5's syntax; none finds nothing
 */
export function* searchTexts(
  userId: number,
  words: readonly string[],
  page: { offset: number; limit: number },
): Script<readonly StoredHit[]> {
  if (words.length === 0) return [];
  const quoted = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ');
  const rows = yield* all(
    `SELECT s.rowid AS id, s.chat_id, snippet(search_entries, 1, ?, ?, '…', 24) AS snippet
       FROM search_entries s JOIN chats h ON h.id = s.chat_id
      WHERE search_entries MATCH ? AND h.deleted_at IS NULL AND h.user_id = ?
      ORDER BY bm25(search_entries, 0.0, 1.0) - CASE WHEN s.rowid < 0 THEN 5.0 ELSE 0.0 END, s.rowid DESC
      LIMIT ? OFFSET ?`,
    snippetMarks.open,
    snippetMarks.close,
    `owner:${ownerTerm(userId)} AND text:(${quoted}*)`,
    userId,
    page.limit,
    page.offset,
  );
  return rows.map((row) => ({
    chatId: int(row, 'chat_id'),
    messageId: int(row, 'id') < 0 ? null : int(row, 'id'),
    snippet: str(row, 'snippet'),
  }));
}
