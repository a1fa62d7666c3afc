import type { Chat, SearchHit } from '@amanda/contract';
import { isEnoughToFind, type StoredChat, snippetMarks, type Transactions } from '@amanda/db';
import type { Topics } from '../bus/topics.ts';
import type { Clock } from '../clock/clock.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { orRefuse } from '../errors/refusals.ts';
import { pageBytes } from '../messages/messages.ts';
import { clientKey } from '../runs/input.ts';
import type { Chats } from './chats.ts';

/** How long a deleted chat can be restored, in milliseconds. */
export const restoreWindowMs = 30_000;

/** Longest title, in code points. */
const maxTitleLength = 100;

/** Chats that one account may have, by default. */
const mostChats = 100_000;

/** How far down the hits of one search one can read: beyond that, more words find more. */
const mostHits = 1_000;

/** What chats are made of. */
export interface ChatsOptions {
  readonly transactions: Transactions;
  readonly clock: Clock;
  /** Told of the message whose run ended because its chat was deleted. */
  readonly onRunEnded: (messageId: number) => void;
  /** Hints that a user's change feed grew. */
  readonly feeds: Topics<number>;
  /** Chats that one account may have. @default 100,000 */
  readonly most?: number | undefined;
}

/** Makes the chats of all users. */
export function createChats({
  transactions,
  clock,
  onRunEnded,
  feeds,
  most = mostChats,
}: ChatsOptions): Chats {
  const now = (): Date => new Date(clock.now());

  const changed = async <T>(userId: number, work: Promise<T>): Promise<T> => {
    const result = await work;
    feeds.publish(userId);
    return result;
  };

  /** A chat that was found may have been deleted since. */
  const readIfThere = async (userId: number, chatId: number): Promise<Chat | undefined> => {
    try {
      return toChat(await orRefuse(transactions.readChat(userId, chatId)));
    } catch (error) {
      if (error instanceof AmandaError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  };

  return {
    async list(userId, { cursor, limit }) {
      const { items, more } = await transactions.listChats(userId, { cursor, limit });
      const last = items.at(-1);
      return {
        items: items.map(toChat),
        nextCursor: more && last !== undefined ? { lastMessageAt: last.lastMessageAt, id: last.id } : null,
      };
    },
    async create(userId, { clientId } = {}) {
      const key = clientKey(clientId, 'create', {});
      return toChat(await changed(userId, transactions.createChat(userId, key, now(), most)));
    },
    async get(userId, chatId) {
      return toChat(await transactions.readChat(userId, chatId));
    },
    async rename(userId, chatId, title) {
      return toChat(
        await changed(userId, transactions.renameChat(userId, chatId, checkedTitle(title), now())),
      );
    },
    async delete(userId, chatId) {
      const ended = await changed(userId, transactions.deleteChat(userId, chatId, now()));
      if (ended !== undefined) onRunEnded(ended.messageId);
    },
    async restore(userId, chatId) {
      const deletedAfter = new Date(clock.now() - restoreWindowMs);
      return toChat(await changed(userId, transactions.restoreChat(userId, chatId, deletedAfter, now())));
    },
    async markRead(userId, chatId, messageId) {
      return toChat(await changed(userId, transactions.markRead(userId, chatId, messageId, now())));
    },
    async search(userId, { query, cursor, limit }) {
      const offset = cursor ?? 0;
      const words = wordsOf(query);
      if (words.length > 0 && !isEnoughToFind(words))
        throw new AmandaError('INVALID_INPUT', { details: { field: 'query', reason: 'short' } });
      if (offset >= mostHits) return { items: [], nextCursor: null };
      const found = await transactions.searchTexts(userId, words, { offset, limit, bytes: pageBytes });
      const items: SearchHit[] = [];
      for (const hit of found.items) {
        const chat = await readIfThere(userId, hit.chatId);
        if (chat !== undefined) items.push({ chat, messageId: hit.messageId, ...withMarks(hit.snippet) });
      }
      const next = offset + found.items.length;
      return { items, nextCursor: found.more && next < mostHits ? next : null };
    },
  };
}

function toChat(stored: StoredChat): Chat {
  return {
    id: stored.id,
    title: stored.title,
    createdAt: stored.createdAt,
    lastMessageAt: stored.lastMessageAt,
    unread: stored.lastMessageId > stored.readMessageId,
    activeMessageId: stored.activeMessageId,
  };
}

function checkedTitle(title: string): string {
  const trimmed = title.trim();
  const reason =
    trimmed === ''
      ? 'empty'
      : !trimmed.isWellFormed()
        ? 'format'
        : Array.from(trimmed).length > maxTitleLength
          ? 'long'
          : undefined;
  if (reason !== undefined) throw new AmandaError('INVALID_INPUT', { details: { field: 'title', reason } });
  return trimmed;
}

/** Words as the index knows them: letters, digits and marks; everything else stands between words. */
function wordsOf(query: string): readonly string[] {
  return (query.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).slice(0, 20);
}

/** Turns the marks inside a snippet into places beside it. */
function withMarks(snippet: string): Pick<SearchHit, 'snippet' | 'marks'> {
  const marks: [number, number][] = [];
  const [before = '', ...parts] = snippet.split(snippetMarks.open);
  let text = before.replaceAll(snippetMarks.close, '');
  for (const part of parts) {
    // Without an end the word was too long for the snippet.
    const [marked = '', ...rest] = part.split(snippetMarks.close);
    if (marked !== '') marks.push([text.length, text.length + marked.length]);
    text += marked + rest.join('');
  }
  return { snippet: text, marks };
}
