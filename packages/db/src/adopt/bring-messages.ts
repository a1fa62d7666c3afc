import type BetterSqlite3 from 'better-sqlite3';
import { entriesOf, ownerTerm } from '../transactions/search-index.ts';
import type { Bringing } from './bring.ts';
import { type BroughtChat, titleSourceOf } from './bring-chats.ts';
import { adoptTime } from './time.ts';

/** What is known of a chat's path while its messages come in, by the ids they have here. */
interface Path {
  lastId: number;
  lastTime: string;
  lastQuestion: number | null;
  firstQuestion: string | undefined;
}

/** Brings the messages over, in the order of their ids, and then gives each chat what follows from its messages. */
export function bringMessages(
  { raw, memory, ledger, idsKept, rows }: Bringing,
  chats: ReadonlyMap<number, BroughtChat>,
): void {
  const insert = raw.prepare<[number | null, number, string, string, string, number | null]>(
    'INSERT INTO messages (id, chat_id, role, content, timestamp, reply_to) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const index = indexer(raw);
  const lastQuestionOf = raw
    .prepare<[number], number | null>(
      "SELECT max(id) FROM messages WHERE chat_id = ? AND role = 'user' AND superseded_by IS NULL",
    )
    .pluck()
    .safeIntegers(false);
  const paths = new Map<BroughtChat, Path>();
  /** Where each chat stood before this run: messages that come later in the table may still be older than that. */
  const stood = new Map([...chats.values()].map((chat) => [chat, chat.through]));

  for (const row of rows('messages')) {
    const chat = typeof row['chat_id'] === 'number' ? chats.get(row['chat_id']) : undefined;
    if (chat === undefined) {
      ledger.skip('messages', 'its chat is missing or was not brought over', row.id);
      continue;
    }
    const role = roleOf(row['role']);
    if (role === undefined) {
      ledger.skip('messages', 'its role is neither user nor assistant', row.id);
      continue;
    }
    const { content } = row;
    if (typeof content !== 'string') {
      ledger.skip('messages', 'it has no text', row.id);
      continue;
    }
    if (row.id <= (stood.get(chat) ?? 0)) {
      ledger.rows.messages.present += 1;
      continue;
    }
    let path = paths.get(chat);
    if (path === undefined) {
      const lastQuestion = chat.isNew ? null : (lastQuestionOf.get(chat.id) ?? null);
      path = { lastId: 0, lastTime: chat.createdAt, lastQuestion, firstQuestion: undefined };
      paths.set(chat, path);
    }
    const time = adoptTime(row['timestamp']);
    if (time === undefined) {
      ledger.note(
        'messages',
        'changed',
        'its time cannot be read; it has that of the message before',
        row.id,
      );
    }
    const timestamp = time ?? path.lastTime;
    const replyTo = role === 'assistant' ? path.lastQuestion : null;
    const { lastInsertRowid } = insert.run(
      idsKept ? row.id : null,
      chat.id,
      role,
      content,
      timestamp,
      replyTo,
    );
    const id = Number(lastInsertRowid);
    index(id, chat, content);
    path.lastId = id;
    path.lastTime = timestamp;
    if (role === 'user') {
      path.lastQuestion = id;
      path.firstQuestion ??= content;
    }
    chat.through = row.id;
    ledger.rows.messages.added += 1;
  }
  finishChats(raw, chats, paths, index);
  for (const chat of chats.values()) {
    if (chat.isNew || paths.has(chat)) {
      memory.rememberChat(chat.user.email, chat.oldCreatedAt, chat.oldId, chat);
    }
  }
}

function finishChats(
  raw: BetterSqlite3.Database,
  chats: ReadonlyMap<number, BroughtChat>,
  paths: ReadonlyMap<BroughtChat, Path>,
  index: (rowid: number, chat: BroughtChat, text: string) => void,
): void {
  // The Python service knew no unread messages, so nobody finds all of theirs marked as such.
  const move = raw.prepare<{ id: number; last: number; time: string }>(
    `UPDATE chats SET last_message_id = @last, read_message_id = @last, last_message_at = max(last_message_at, @time)
      WHERE id = @id`,
  );
  const name = raw.prepare<[string, number]>('UPDATE chats SET title_source = ? WHERE id = ?');
  for (const chat of chats.values()) {
    const path = paths.get(chat);
    if (path !== undefined) move.run({ id: chat.id, last: path.lastId, time: path.lastTime });
    const source = titleSourceOf(chat.title, path?.firstQuestion);
    if (!chat.isNew || source === 'default') continue;
    name.run(source, chat.id);
    index(-chat.id, chat, chat.title);
  }
}

/** Writes the full-text index, as `transactions/search-index.ts` does for what is written here. */
function indexer(raw: BetterSqlite3.Database): (rowid: number, chat: BroughtChat, text: string) => void {
  const prepared = new Map<string, BetterSqlite3.Statement>();
  return (rowid, chat, text) => {
    if (text === '') return;
    for (const { text: sql, values } of entriesOf(rowid, ownerTerm(chat.user.id), chat.id, text)) {
      const insert = prepared.get(sql) ?? raw.prepare(sql);
      prepared.set(sql, insert);
      insert.run(...values);
    }
  };
}

function roleOf(stored: unknown): 'user' | 'assistant' | undefined {
  const role = typeof stored === 'string' ? stored.trim().toLowerCase() : '';
  return role === 'user' || role === 'assistant' ? role : undefined;
}
