import { isDense, termsOf, withBorders } from './search-words.ts';
import { all, type Statement, type Transaction } from './transaction.ts';

// The full-text indexes are SQLite's FTS5 (https://sqlite.org/fts5.html), written in the same transaction as the text.
// `search_entries` has the words of all texts; `search_pairs` has the words and pairs of characters of those with
// scripts that put no spaces between words. `owner` holds one term per user, so that a search visits that user's entries
// only. The rowid is the message's id, or minus the chat's id for a title.

/** A final text to be found. */
export interface IndexedMessage {
  readonly userId: number;
  readonly chatId: number;
  readonly messageId: number;
  readonly text: string;
}

/** The term under which a user's texts are found. */
export const ownerTerm = (userId: number): string => `u${userId}`;

const entry = 'INSERT INTO search_entries (rowid, owner, text, chat_id) VALUES (?, ?, ?, ?)';
const pairs = 'INSERT INTO search_pairs (rowid, owner, text, signs) VALUES (?, ?, ?, ?)';

/** The statements that make a text findable which is in no index. */
export function entriesOf(rowid: number, owner: string, chatId: number, text: string): readonly Statement[] {
  if (!isDense(text)) return [{ text: entry, values: [rowid, owner, text, chatId] }];
  const { signs, words } = termsOf(text);
  return [
    { text: entry, values: [rowid, owner, withBorders(text), chatId] },
    { text: pairs, values: [rowid, owner, words, signs] },
  ];
}

/** Makes a message's final text findable, in the place of what was indexed for it before. */
export function* indexMessage(message: IndexedMessage): Transaction<void> {
  yield* unindex([message.messageId]);
  if (message.text === '') return;
  yield* index(message.messageId, ownerTerm(message.userId), message.chatId, message.text);
}

/** Makes a chat's title findable, in the place of its former one. */
export function* indexTitle(userId: number, chatId: number, title: string): Transaction<void> {
  yield* unindex([-chatId]);
  yield* index(-chatId, ownerTerm(userId), chatId, title);
}

function* index(...of: Parameters<typeof entriesOf>): Transaction<void> {
  for (const { text, values } of entriesOf(...of)) yield* all(text, ...values);
}

/** Takes messages (ids) and titles (minus the ids of chats) out of the index. */
export function* unindex(rowids: readonly number[]): Transaction<void> {
  for (const rowid of rowids) {
    yield* all('DELETE FROM search_entries WHERE rowid = ?', rowid);
    yield* all('DELETE FROM search_pairs WHERE rowid = ?', rowid);
  }
}
