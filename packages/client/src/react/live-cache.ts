import type { AppRouter } from '@amanda/api';
import type { FeedChange } from '@amanda/contract';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { TRPCOptionsProxy } from '@trpc/tanstack-react-query';
import { useEffect } from 'react';
import type { AmandaClient } from '../client.ts';
import { amandaErrorOf, isPassing, isSignedOut } from '../errors/amanda-error.ts';
import { type MessagePage, withChat, withNewest, withoutChat } from './lists.ts';

/** Changes of one turn come together; the lists are asked for them once. */
const gatherMs = 20;

/** What one gathering of changes asks for. */
interface Stale {
  chats: Set<number>;
  gone: Set<number>;
  /** Chats whose path grew at its end, and those whose path changed before it. */
  grown: Set<number>;
  changed: Set<number>;
}

const nothingStale = (): Stale => ({
  chats: new Set(),
  gone: new Set(),
  grown: new Set(),
  changed: new Set(),
});

/** What a change makes stale: the chat in its lists, and its messages at their end (`grown`) or before it (`changed`). */
const effects: Record<FeedChange['type'], 'chat' | 'gone' | 'grown' | 'changed' | null> = {
  'chat.created': 'chat',
  'chat.renamed': 'chat',
  'chat.restored': 'chat',
  'chat.moved': 'chat',
  'chat.read': 'chat',
  'chat.deleted': 'gone',
  'message.added': 'grown',
  'message.superseded': 'changed',
  'run.started': 'grown',
  'run.ended': 'grown',
  'session.ended': null,
};

function note(stale: Stale, change: FeedChange): void {
  const effect = effects[change.type];
  if (effect === null || !('chatId' in change)) return;
  const { chatId } = change;
  if (effect === 'gone') {
    stale.gone.add(chatId);
    stale.chats.delete(chatId);
    return;
  }
  stale.gone.delete(chatId);
  stale.chats.add(chatId);
  if (effect !== 'chat') stale[effect].add(chatId);
}

/** Brings what changed into the lists, with as few calls as possible. */
async function refresh(
  stale: Stale,
  queryClient: QueryClient,
  client: AmandaClient,
  trpc: TRPCOptionsProxy<AppRouter>,
): Promise<void> {
  const chatLists = trpc.chat.list.infiniteQueryFilter();
  const drop = (chatId: number) => {
    queryClient.setQueriesData(chatLists, (list: ChatList | undefined) => list && withoutChat(list, chatId));
    queryClient.removeQueries(trpc.chat.get.queryFilter({ chatId }));
    queryClient.removeQueries({ queryKey: trpc.message.list.infiniteQueryKey({ chatId }) });
  };
  for (const chatId of stale.gone) drop(chatId);

  const chats = [...stale.chats].map(async (chatId) => {
    const chat = await client.trpc.chat.get.query({ chatId }).catch((error: unknown) => {
      if (amandaErrorOf(error).code !== 'NOT_FOUND') throw error;
    });
    // It may have been deleted in the meantime.
    if (chat === undefined) return drop(chatId);
    queryClient.setQueryData(trpc.chat.get.queryKey({ chatId }), chat);
    // A list that is being loaded may have been read before the change, and would put the past over it.
    if (queryClient.isFetching(chatLists) > 0) await queryClient.invalidateQueries(chatLists);
    else queryClient.setQueriesData(chatLists, (list: ChatList | undefined) => list && withChat(list, chat));
  });

  const paths = [...stale.grown, ...stale.changed].map(async (chatId) => {
    const filter = { queryKey: trpc.message.list.infiniteQueryKey({ chatId }) };
    const lists = queryClient.getQueriesData<MessageList>(filter);
    if (lists.length === 0) return;
    const fresh = stale.changed.has(chatId) ? null : await client.trpc.message.list.query({ chatId });
    for (const [queryKey, list] of lists) {
      const isLoading = queryClient.isFetching({ queryKey, exact: true }) > 0;
      const merged = isLoading || list === undefined || fresh === null ? null : withNewest(list, fresh);
      if (merged === null) await queryClient.invalidateQueries({ queryKey, exact: true });
      else queryClient.setQueryData(queryKey, merged);
    }
  });
  const outcomes = await Promise.allSettled([...chats, ...paths]);
  // What could not be asked for is asked for again by whoever shows it.
  if (outcomes.some(({ status }) => status === 'rejected')) await reload(queryClient, trpc);
}

type ChatList = Parameters<typeof withChat>[0];
type MessageList = { pages: MessagePage[]; pageParams: unknown[] };

async function reload(queryClient: QueryClient, trpc: TRPCOptionsProxy<AppRouter>): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries(trpc.chat.pathFilter()),
    queryClient.invalidateQueries(trpc.message.pathFilter()),
  ]);
}

/** What failed for want of a link is asked for again. */
async function askAgain(queryClient: QueryClient): Promise<void> {
  await queryClient.refetchQueries({
    type: 'active',
    predicate: ({ state }) => state.status === 'error' && isPassing(amandaErrorOf(state.error)),
  });
}

/** Follows the change feed while the component is mounted and somebody is logged in. */
export function useLiveCache(
  client: AmandaClient,
  trpc: TRPCOptionsProxy<AppRouter>,
  signedIn: boolean,
): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!signedIn) return undefined;
    const leave = new AbortController();
    let stale = nothingStale();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const flush = () => {
      timer = undefined;
      const batch = stale;
      stale = nothingStale();
      void refresh(batch, queryClient, client, trpc);
    };
    const follow = async () => {
      for await (const { event } of client.watch({ signal: leave.signal })) {
        if (event.type === 'change') {
          note(stale, event.change);
          timer ??= setTimeout(flush, gatherMs);
        } else {
          void reload(queryClient, trpc);
        }
      }
    };
    // After a log-in the feed is another user's: begin anew, with nothing of the one before.
    let following = false;
    const begin = () => {
      const { status } = client.connection.getSnapshot();
      if (status === 'open') void askAgain(queryClient);
      if (following || leave.signal.aborted || ['signedOut', 'outdated', 'closed'].includes(status)) return;
      following = true;
      follow()
        .catch((error: unknown) => {
          if (!isSignedOut(amandaErrorOf(error))) return;
          queryClient.removeQueries(trpc.chat.pathFilter());
          queryClient.removeQueries(trpc.message.pathFilter());
        })
        .finally(() => {
          following = false;
        });
    };
    const forget = client.connection.subscribe(begin);
    begin();
    return () => {
      leave.abort();
      clearTimeout(timer);
      forget();
    };
  }, [client, queryClient, signedIn, trpc]);
}
