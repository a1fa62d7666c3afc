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

/** Puts the open chat above the list when it stands further down than what is loaded. */
export function withOpen(
  rows: readonly ListRow[],
  listed: readonly Chat[],
  open: Chat | undefined,
): readonly ListRow[] {
  const last = listed.at(-1);
  // One that is newer is on its way into the list.
  const isBelow = open !== undefined && last !== undefined && open.lastMessageAt <= last.lastMessageAt;
  if (!isBelow || listed.some(({ id }) => id === open.id)) return rows;
  return [{ type: 'group', name: text.chats.openNow }, { type: 'chat', chat: open }, ...rows];
}
