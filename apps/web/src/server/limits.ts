import type { AmandaClient } from '@amanda/client';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useClient } from './client.ts';

const infoQuery = (client: AmandaClient) =>
  queryOptions({
    queryKey: ['info'],
    queryFn: () => client.trpc.system.info.query(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });

/** What a server takes that nobody has set up otherwise. */
const usualLimit = 200_000;

/** The longest question that the server takes, in code points; the usual one until it has said so. */
export function useQuestionLimit(): number {
  const { data } = useQuery(infoQuery(useClient()));
  return data?.limits.question ?? usualLimit;
}
