import type { Chat } from '@amanda/client';
import { text } from '../text/text.ts';

/** A line of the list: the name of a stretch of time, or a chat. */
export type ListRow =
  | { readonly type: 'group'; readonly name: string }
  | { readonly type: 'chat'; readonly chat: Chat };

const dayMs = 86_400_000;

/** Puts the names of stretches of time between chats that come newest first. */
export function withGroups(chats: readonly Chat[], now: Date): readonly ListRow[] {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const nameOf = (date: Date): string => {
    const time = date.getTime();
    if (time >= today) return text.chats.today;
    if (time >= today - dayMs) return text.chats.yesterday;
    if (time >= today - 7 * dayMs) return text.chats.week;
    if (time >= today - 30 * dayMs) return text.chats.month;
    return date.toLocaleDateString(undefined, { month: 'long', year: 'numeric' });
  };
  const rows: ListRow[] = [];
  let last = '';
  for (const chat of chats) {
    const name = nameOf(chat.lastMessageAt);
    if (name !== last) rows.push({ type: 'group', name });
    last = name;
    rows.push({ type: 'chat', chat });
  }
  return rows;
}
