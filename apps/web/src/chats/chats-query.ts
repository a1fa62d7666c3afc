import {
  type AmandaClient,
  amandaErrorOf,
  type Chat,
  type ChatCursor,
  type RouterOutputs,
} from '@amanda/client';
import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { useMemo } from 'react';
import { useClient } from '../server/client.ts';

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

/** The chats of the list as far as it is loaded, and of the open one also when it stands further down. */
export function useChats(openId: number | null): {
  query: UseInfiniteQueryResult<InfiniteData<ChatPage>>;
  listed: readonly Chat[];
  open: Chat | undefined;
} {
  const client = useClient();
  const query = useInfiniteQuery(chatsQuery(client));
  const listed = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  const there = listed.find(({ id }) => id === openId);
  const { data: alone } = useQuery({
    queryKey: [...queryKey, openId],
    async queryFn(): Promise<Chat | null> {
      try {
        return await client.trpc.chat.get.query({ chatId: openId ?? 0 });
      } catch (thrown) {
        if (amandaErrorOf(thrown).code === 'NOT_FOUND') return null;
        throw thrown;
      }
    },
    enabled: openId !== null && there === undefined && query.hasNextPage,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { query, listed, open: there ?? (openId === null ? undefined : (alone ?? undefined)) };
}

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
  queries.setQueriesData<Chat | null>({ queryKey, predicate: isAlone }, (chat) =>
    chat === undefined || chat === null ? chat : change(chat),
  );
}

/** Of a chat by itself, not of the list. */
const isAlone = (query: { queryKey: readonly unknown[] }): boolean => query.queryKey.length > queryKey.length;

/** Reads the chats again. */
export const reloadChats = (queries: QueryClient): Promise<void> => queries.invalidateQueries({ queryKey });

/** A chat as the page shows it, if it does. */
export function knownChat(queries: QueryClient, chatId: number): Chat | undefined {
  const pages = queries.getQueryData<Pages>(queryKey);
  const listed = pages?.pages.flatMap(({ items }) => items).find(({ id }) => id === chatId);
  return listed ?? queries.getQueryData<Chat | null>([...queryKey, chatId]) ?? undefined;
}
