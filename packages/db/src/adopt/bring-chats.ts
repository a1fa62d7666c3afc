import type { Bringing } from './bring.ts';
import type { BroughtUser } from './bring-users.ts';
import { adoptTime } from './time.ts';

/** A chat of the old service and where it is now. */
export interface BroughtChat {
  readonly id: number;
  readonly oldId: number;
  readonly user: BroughtUser;
  /** As the old database has it: with the old id it tells one chat from another. */
  readonly oldCreatedAt: unknown;
  readonly createdAt: string;
  readonly title: string;
  readonly isNew: boolean;
  /** The old id of its last message that was brought over, 0 for none. */
  through: number;
}

const longestTitle = 100;
const defaultTitle = 'New Chat';

/** Brings the chats over, still without messages. @returns chats by their old ids */
export function bringChats(
  { raw, memory, ledger, idsKept, now, rows }: Bringing,
  users: ReadonlyMap<number, BroughtUser>,
): ReadonlyMap<number, BroughtChat> {
  const exists = raw.prepare<[number, number]>('SELECT 1 FROM chats WHERE id = ? AND user_id = ?');
  const insert = raw.prepare<[number | null, number, string, string, string]>(
    'INSERT INTO chats (id, user_id, title, created_at, last_message_at) VALUES (?, ?, ?, ?, ?)',
  );
  const brought = new Map<number, BroughtChat>();

  for (const row of rows('chats')) {
    const user = typeof row['user_id'] === 'number' ? users.get(row['user_id']) : undefined;
    if (user === undefined) {
      ledger.skip('chats', 'its account is missing or was not brought over', row.id);
      continue;
    }
    const time = adoptTime(row['created_at']);
    const title = titleOf(row['title']);
    const chat = {
      oldId: row.id,
      user,
      oldCreatedAt: row['created_at'],
      createdAt: time ?? now,
      title: title.text,
    };
    const before = memory.chat(user.email, row['created_at'], row.id);
    if (before !== undefined) {
      if (exists.get(before.id, user.id) === undefined) {
        ledger.skip('chats', 'an earlier adoption brought it, and it was deleted here since', row.id);
        continue;
      }
      ledger.rows.chats.present += 1;
      brought.set(row.id, { ...chat, ...before, isNew: false });
      continue;
    }
    if (time === undefined) {
      ledger.note('chats', 'changed', 'its time cannot be read; it has the time of this adoption', row.id);
    }
    if (title.change !== undefined) ledger.note('chats', 'changed', title.change, row.id);
    const { createdAt } = chat;
    const { lastInsertRowid } = insert.run(
      idsKept ? row.id : null,
      user.id,
      title.text,
      createdAt,
      createdAt,
    );
    ledger.rows.chats.added += 1;
    brought.set(row.id, { ...chat, id: Number(lastInsertRowid), isNew: true, through: 0 });
  }
  return brought;
}

function titleOf(stored: unknown): { text: string; change?: string } {
  const text = typeof stored === 'string' ? stored.trim() : '';
  if (text === '') return { text: defaultTitle, change: 'it has no title; it is called "New Chat"' };
  const characters = Array.from(text);
  if (characters.length <= longestTitle) return { text };
  return {
    text: `${characters.slice(0, longestTitle - 1).join('')}…`,
    change: `its title was cut to ${longestTitle} characters`,
  };
}

/** Who named a chat, as far as it can be told: a title that its first message begins with was made from that. */
export function titleSourceOf(
  title: string,
  firstMessage: string | undefined,
): 'default' | 'message' | 'user' {
  if (title === defaultTitle) return 'default';
  const start = title.replace(/(?:\.\.\.|…)$/u, '').trimEnd();
  return firstMessage?.trim().startsWith(start) === true ? 'message' : 'user';
}
