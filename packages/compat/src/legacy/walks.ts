import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import type { Caller, RouterOutputs } from '../api.ts';
import { isShown, type legacyChat, type legacyMessage, toLegacyChat, toLegacyMessage } from './shapes.ts';

type Chat = RouterOutputs['chat']['get'];
type ChatPage = RouterOutputs['chat']['list'];
type MessagePage = RouterOutputs['message']['list'];

/**
 * Rows that are read at a time: few enough that other calls get their turn, enough that few queries are needed. A page may
 * be shorter, since its bytes are bounded too: only its cursor says whether more follows.
 */
const pageSize = 200;

/** How often the top of the list is visited again for a user whose chats do not stand still. */
const mostVisits = 100;

/**
 * All chats, newest activity first, in pages. A chat that moves to the top while the walk is on its way down would be
 * missed, so the top is visited again until a visit finds it as the one before did; such a chat comes late, but exactly
 * once.
 * @throws what `chat.list` throws
 */
export async function* walkChats(
  caller: Pick<Caller, 'chat'>,
  userId: number,
): AsyncGenerator<z.infer<typeof legacyChat>[], void, undefined> {
  const sent = new Set<number>();
  let since = Number.NEGATIVE_INFINITY;
  let top: string | undefined;
  for (let visits = 0; visits < mostVisits; visits += 1) {
    let pages = 0;
    let news = 0;
    let first: Chat | undefined;
    for await (const items of chatsSince(caller, since)) {
      pages += 1;
      first ??= items[0];
      const unsent = items.filter((chat) => !sent.has(chat.id));
      for (const chat of unsent) sent.add(chat.id);
      news += unsent.length;
      if (unsent.length > 0) yield unsent.map((chat) => toLegacyChat(chat, userId));
    }
    const seen = first === undefined ? '' : `${first.lastMessageAt.getTime()} ${first.id}`;
    // One page is one moment: nothing can have moved within it. Many chats of one time are several pages each time.
    if (pages === 1 || (news === 0 && seen === top)) return;
    top = seen;
    since = Math.max(since, first?.lastMessageAt.getTime() ?? since);
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
