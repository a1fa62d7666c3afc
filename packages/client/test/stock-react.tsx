import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import type { TRPCClient } from '@trpc/client';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import { type ReactNode, useState } from 'react';
import type { AppRouter } from '../src/index.ts';

const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();

/** Gives the plain client of tRPC to the hooks below it. */
export function Provider({ children, client }: { children?: ReactNode; client: TRPCClient<AppRouter> }) {
  const [queryClient] = useState(() => new QueryClient());
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}

/** The name of a chat; undefined until it is known. */
export function useTitle(chatId: number): string | undefined {
  const trpc = useTRPC();
  return useQuery(trpc.chat.get.queryOptions({ chatId })).data?.title;
}
