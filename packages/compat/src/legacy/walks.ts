import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import type { Caller, RouterOutputs } from '../api.ts';
import { isShown, type legacyChat, type legacyMessage, toLegacyChat, toLegacyMessage } from './shapes.ts';

type ChatPage = RouterOutputs['chat']['list'];
type MessagePage = RouterOutputs['message']['list'];

/** Rows that are read at a time: few enough that other calls get their turn, enough that few queries are needed. */
const pageSize = 200;

/**
 * All chats, newest activity first, in pages. A chat that moves to the top while the walk is on its way down would be
 * missed, so the top is visited again until it stands still; such a chat comes late, but exactly once.
 * @throws what `chat.list` throws
 */
export async function* walkChats(
  caller: Pick<Caller, 'chat'>,
  userId: number,
): AsyncGenerator<z.infer<typeof legacyChat>[], void, undefined> {
  const sent = new Set<number>();
  let since = Number.NEGATIVE_INFINITY;
  // One page is one moment: nothing can have moved within it.
  for (let pages = 0; pages !== 1; ) {
    pages = 0;
    let newest = since;
    for await (const items of chatsSince(caller, since)) {
      pages += 1;
      newest = Math.max(newest, items[0]?.lastMessageAt.getTime() ?? since);
      const unsent = items.filter((chat) => !sent.has(chat.id));
      for (const chat of unsent) sent.add(chat.id);
      yield unsent.map((chat) => toLegacyChat(chat, userId));
    }
    since = newest;
  }
}

/** Pages of chats down to the first that has been quiet since the time. */
async function* chatsSince(
  caller: Pick<Caller, 'chat'>,
  since: number,
): AsyncGenerator<ChatPage['items'], void, undefined> {
  let cursor: ChatPage['nextCursor'] = null;
  do {
    const page: ChatPage = await caller.chat.list({ cursor, limit: pageSize });
    yield page.items;
    const oldest = page.items.at(-1);
    cursor = oldest === undefined || oldest.lastMessageAt.getTime() < since ? null : page.nextCursor;
    await setImmediate();
  } while (cursor !== null);
}

/**
 * All shown messages of a chat, oldest first, in pages.
 * @throws what `message.list` throws
 */
export async function* walkMessages(
  caller: Pick<Caller, 'message'>,
  chatId: number,
): AsyncGenerator<z.infer<typeof legacyMessage>[], void, undefined> {
  let cursor: MessagePage['nextCursor'] = null;
  do {
    const page: MessagePage = await caller.message.list({ chatId, cursor, limit: pageSize, toward: 'newer' });
    yield page.items.filter(isShown).map(toLegacyMessage);
    cursor = page.nextCursor;
    await setImmediate();
  } while (cursor !== null);
}
