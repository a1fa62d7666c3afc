import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { joinVersions } from '../versions/join.ts';
import { useTRPC } from './context.ts';

/** The user's chats, newest activity first; `fetchNextPage` loads older ones. */
export function useChats(options: { limit?: number } = {}) {
  const trpc = useTRPC();
  const query = useInfiniteQuery(
    trpc.chat.list.infiniteQueryOptions(options, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  const pages = query.data?.pages;
  const chats = useMemo(() => pages?.flatMap(({ items }) => items) ?? [], [pages]);
  return { ...query, chats };
}

/** One chat. */
export function useChatById(chatId: number) {
  return useQuery(useTRPC().chat.get.queryOptions({ chatId }));
}

/** What was said in a chat, oldest first; `fetchNextPage` loads older messages, which come before the others. */
export function useMessages(chatId: number, options: { limit?: number } = {}) {
  const trpc = useTRPC();
  const query = useInfiniteQuery(
    trpc.message.list.infiniteQueryOptions(
      { ...options, chatId },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const pages = query.data?.pages;
  const messages = useMemo(() => pages?.toReversed().flatMap(({ items }) => items) ?? [], [pages]);
  return { ...query, messages };
}

/**
 * The versions of a message that was regenerated or edited, oldest first, each with what followed it; `fetchNextPage`
 * loads more of both.
 */
export function useVersions(messageId: number) {
  const trpc = useTRPC();
  const query = useInfiniteQuery(
    trpc.message.versions.infiniteQueryOptions(
      { messageId },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const pages = query.data?.pages;
  const versions = useMemo(() => joinVersions(pages?.flatMap(({ items }) => items) ?? []), [pages]);
  return { ...query, versions };
}

/** Hits in titles and then in texts, the newest first; asks nothing while the query is blank. */
export function useSearch(text: string, options: { limit?: number } = {}) {
  const trpc = useTRPC();
  const query = useInfiniteQuery(
    trpc.chat.search.infiniteQueryOptions(
      { ...options, query: text },
      { enabled: text.trim() !== '', getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const pages = query.data?.pages;
  const hits = useMemo(() => pages?.flatMap(({ items }) => items) ?? [], [pages]);
  return { ...query, hits };
}
