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

/** The longest question that the server takes, in code points; endless until it has said so. */
export function useQuestionLimit(): number {
  const { data } = useQuery(infoQuery(useClient()));
  return data?.limits.question ?? Number.POSITIVE_INFINITY;
}
