import type { Chat, ChatCursor, Message } from '@amanda/contract';
import type { InfiniteData } from '@tanstack/react-query';

/** One page of `chat.list`. */
export interface ChatPage {
  readonly items: readonly Chat[];
  readonly nextCursor: ChatCursor | null;
}

/** One page of `message.list`, oldest first. */
export interface MessagePage {
  readonly items: readonly Message[];
  readonly nextCursor: number | null;
}

const isNewer = (a: Chat, b: Chat): boolean => {
  const difference = a.lastMessageAt.getTime() - b.lastMessageAt.getTime();
  return difference === 0 ? a.id > b.id : difference > 0;
};

/** Takes a chat out of the pages of the list. */
export function withoutChat<Param>(
  list: InfiniteData<ChatPage, Param>,
  chatId: number,
): InfiniteData<ChatPage, Param> {
  const has = (page: ChatPage) => page.items.some(({ id }) => id === chatId);
  if (!list.pages.some(has)) return list;
  const pages = list.pages.map((page) =>
    has(page) ? { ...page, items: page.items.filter(({ id }) => id !== chatId) } : page,
  );
  return { ...list, pages };
}

/** Puts a chat where it belongs, newest activity first; nowhere when that is beyond what was loaded. */
export function withChat<Param>(
  list: InfiniteData<ChatPage, Param>,
  chat: Chat,
): InfiniteData<ChatPage, Param> {
  const { pages, ...rest } = withoutChat(list, chat.id);
  const last = pages.length - 1;
  const at = pages.findIndex(
    ({ items, nextCursor }, index) =>
      items.some((other) => isNewer(chat, other)) || (index === last && nextCursor === null),
  );
  if (at < 0) return { ...rest, pages };
  const put = (page: ChatPage): ChatPage => {
    const before = page.items.findIndex((other) => isNewer(chat, other));
    return { ...page, items: page.items.toSpliced(before < 0 ? page.items.length : before, 0, chat) };
  };
  return { ...rest, pages: pages.map((page, index) => (index === at ? put(page) : page)) };
}

/**
 * Puts a fresh newest page under the older ones, which go newest page first. What is known and older than the fresh
 * page stays; null when that would leave a hole, so that the list must be loaded again.
 */
export function withNewest<Param>(
  list: InfiniteData<MessagePage, Param>,
  fresh: MessagePage,
): InfiniteData<MessagePage, Param> | null {
  const [first, ...older] = list.pages;
  const oldest = fresh.items[0]?.id;
  if (first === undefined) return null;
  if (fresh.nextCursor === null || oldest === undefined) {
    return { pages: [fresh], pageParams: list.pageParams.slice(0, 1) };
  }
  const kept = first.items.filter(({ id }) => id < oldest);
  const touches = first.items.some(({ id }) => id >= oldest);
  if (!touches) return null;
  const page = { items: [...kept, ...fresh.items], nextCursor: first.nextCursor };
  return { ...list, pages: [kept.length === 0 && older.length === 0 ? fresh : page, ...older] };
}
