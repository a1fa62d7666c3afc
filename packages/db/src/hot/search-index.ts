import { all, type Script } from './script.ts';

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

/** The term under which a user's texts are found. */
export const ownerTerm = (userId: number): string => `u${userId}`;

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
