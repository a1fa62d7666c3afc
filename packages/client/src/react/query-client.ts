import { QueryClient } from '@tanstack/react-query';
import { amandaErrorOf, isPassing } from '../errors/amanda-error.ts';

/** About four minutes. What has failed by then is asked for again when the link is back. */
const mostRetries = 12;

/** Makes a cache for the hooks: the change feed says when something is stale, and lost links are waited out. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
        retry: (failures, error) => failures < mostRetries && isPassing(amandaErrorOf(error)),
        retryDelay: (failures) => Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
