import type { AmandaClient, Chat, ChatCursor, RouterOutputs } from '@amanda/client';
import { type InfiniteData, infiniteQueryOptions, type QueryClient } from '@tanstack/react-query';

type ChatPage = RouterOutputs['chat']['list'];
type Pages = InfiniteData<ChatPage, ChatCursor | null>;

const queryKey = ['chats'] as const;

/** The user's chats, newest activity first. */
export const chatsQuery = (client: AmandaClient) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam }): Promise<ChatPage> =>
      client.trpc.chat.list.query({ cursor: pageParam, limit: 50 }),
    initialPageParam: null as ChatCursor | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Changes the chats that are shown until the server has said the same. */
export function patchChats(queries: QueryClient, change: (chat: Chat) => Chat | null): void {
  queries.setQueryData<Pages>(queryKey, (pages) =>
    pages === undefined
      ? undefined
      : {
          ...pages,
          pages: pages.pages.map((page) => ({
            ...page,
            items: page.items.flatMap((chat) => change(chat) ?? []),
          })),
        },
  );
}

/** Reads the chats again. */
export const reloadChats = (queries: QueryClient): Promise<void> => queries.invalidateQueries({ queryKey });

/** A chat as the list shows it, if it does. */
export function knownChat(queries: QueryClient, chatId: number): Chat | undefined {
  const pages = queries.getQueryData<Pages>(queryKey);
  return pages?.pages.flatMap(({ items }) => items).find(({ id }) => id === chatId);
}
