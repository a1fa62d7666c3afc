import type { Chat, Message } from '@amanda/contract';
import { describe, expect, it } from 'vitest';
import { type ChatPage, type MessagePage, withChat, withNewest, withoutChat } from './lists.ts';

const chat = (id: number, at: number): Chat => ({
  id,
  title: `chat ${id}`,
  createdAt: new Date(0),
  lastMessageAt: new Date(at),
  unread: false,
  activeMessageId: null,
});
const chatPage = (items: Chat[], more: boolean): ChatPage => ({
  items,
  nextCursor: more
    ? { id: items.at(-1)?.id ?? 0, lastMessageAt: items.at(-1)?.lastMessageAt ?? new Date(0) }
    : null,
});
const chats = (more: boolean) => ({
  pages: [chatPage([chat(5, 50), chat(4, 40)], true), chatPage([chat(3, 30), chat(2, 20)], more)],
  pageParams: [undefined, undefined],
});
const idsOf = ({ pages }: { pages: { items: readonly { id: number }[] }[] }) =>
  pages.map(({ items }) => items.map(({ id }) => id));

describe('the list of chats', () => {
  it.each([
    ['to the top, when something was said', chat(2, 60), [2, 5, 4, 3]],
    [
      'between pages',
      chat(2, 35),
      [
        [5, 4],
        [2, 3],
      ],
    ],
    [
      'where it was, with what changed',
      { ...chat(4, 40), title: 'renamed' },
      [
        [5, 4],
        [3, 2],
      ],
    ],
    [
      'by its id, when the times are equal',
      chat(9, 40),
      [
        [5, 9, 4],
        [3, 2],
      ],
    ],
    [
      'to the end, when there is no more',
      chat(1, 10),
      [
        [5, 4],
        [3, 2, 1],
      ],
    ],
  ])('puts a chat %s', (_where, moved, expected) => {
    expect(idsOf(withChat(chats(false), moved)).flat()).toEqual(expected.flat());
  });

  it('leaves a chat out that belongs further down than what was loaded', () => {
    expect(idsOf(withChat(chats(true), chat(1, 10)))).toEqual([
      [5, 4],
      [3, 2],
    ]);
  });

  it('takes a chat out, and leaves the other pages as they are', () => {
    const before = chats(true);
    const after = withoutChat(before, 3);
    expect(idsOf(after)).toEqual([[5, 4], [2]]);
    expect(after.pages[0]).toBe(before.pages[0]);
    expect(withoutChat(before, 99)).toBe(before);
  });
});

const message = (id: number, text = `message ${id}`): Message => ({
  id,
  chatId: 1,
  role: 'user',
  text,
  status: 'complete',
  createdAt: new Date(0),
  error: null,
  replyTo: null,
  version: { index: 1, count: 1 },
  eventId: null,
  usage: null,
});
const messagePage = (ids: number[], nextCursor: number | null): MessagePage => ({
  items: ids.map((id) => message(id)),
  nextCursor,
});

describe('the list of messages', () => {
  const list = { pages: [messagePage([5, 6], 5), messagePage([3, 4], 3)], pageParams: [undefined, 5] };

  it('takes a fresh newest page, and keeps what is older', () => {
    const merged = withNewest(list, messagePage([6, 7, 8], 6));
    expect(merged === null ? null : idsOf(merged)).toEqual([
      [5, 6, 7, 8],
      [3, 4],
    ]);
    expect(merged?.pages[0]?.nextCursor).toBe(5);
  });

  it('drops what a fresh page no longer has', () => {
    const merged = withNewest(list, messagePage([5, 9], 5));
    expect(merged === null ? null : idsOf(merged)).toEqual([
      [5, 9],
      [3, 4],
    ]);
  });

  it('is the fresh page when that is all there is', () => {
    const merged = withNewest(list, messagePage([1, 2], null));
    expect(merged === null ? null : idsOf(merged)).toEqual([[1, 2]]);
  });

  it('is loaded again rather than shown with a hole', () => {
    expect(withNewest(list, messagePage([90, 91], 90))).toBeNull();
  });
});
