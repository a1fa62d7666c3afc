import type { AppRouter } from '@amanda/api';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createTRPCContext, type TRPCOptionsProxy } from '@trpc/tanstack-react-query';
import { createContext, createElement, type ReactNode, useContext } from 'react';
import type { AmandaClient } from '../client.ts';
import { useLiveCache } from './live-cache.ts';

const context = createTRPCContext<AppRouter>();

/** tRPC's own integration: `useTRPC().chat.get.queryOptions({ chatId })` for `useQuery`, and so on. */
export const useTRPC: () => TRPCOptionsProxy<AppRouter> = context.useTRPC;

const AmandaContext = createContext<AmandaClient | null>(null);

/** What the hooks below it need. */
export interface AmandaProviderProps {
  readonly client: AmandaClient;
  /** Holds the lists; `createQueryClient()` makes one that fits. */
  readonly queryClient: QueryClient;
  /** Whether somebody is logged in, so that the change feed is followed. Default: yes. */
  readonly signedIn?: boolean;
  readonly children?: ReactNode;
}

/** Gives the client to the hooks, and keeps what they hold true by the change feed. */
export function AmandaProvider({ children, client, queryClient, signedIn = true }: AmandaProviderProps) {
  return createElement(
    AmandaContext.Provider,
    { value: client },
    createElement(
      QueryClientProvider,
      { client: queryClient },
      createElement(context.TRPCProvider, {
        trpcClient: client.trpc,
        queryClient,
        children: [createElement(Live, { client, key: 'live', signedIn }), children],
      }),
    ),
  );
}

/** Renders nothing: a component of its own, so that the feed makes no other one render. */
function Live({ client, signedIn }: { client: AmandaClient; signedIn: boolean }) {
  useLiveCache(client, useTRPC(), signedIn);
  return null;
}

/** The client of the provider above. @throws when there is none */
export function useAmanda(): AmandaClient {
  const client = useContext(AmandaContext);
  if (client === null) throw new Error('this hook needs an <AmandaProvider> above it');
  return client;
}
