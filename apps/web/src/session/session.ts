import { type AmandaClient, amandaErrorOf, type RouterOutputs, type User } from '@amanda/client';
import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { drafts } from '../drafts/drafts.ts';
import { createSignal } from '../server/signal.ts';
import { text } from '../text/text.ts';

type Checked = RouterOutputs['auth']['check'];

const queryKey = ['session'] as const;

/** Who is logged in; asked once, then kept true by what the page itself does and hears. */
export const sessionQuery = (client: AmandaClient) =>
  queryOptions({
    queryKey,
    async queryFn(): Promise<Checked> {
      const session = await client.trpc.auth.check.query();
      // The session may have ended while no page was open.
      if (!session.authenticated) drafts.clear();
      return session;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });

/** Remembers what this page itself has learnt about who is logged in. */
export function setSession(queries: QueryClient, session: Checked): void {
  queries.setQueryData<Checked>(queryKey, session);
}

/** Whoever is logged in, below the pages that need it; stays until those pages are gone. */
export const UserContext = createContext<User | null>(null);

/** Who is logged in. @throws when nobody is: only pages behind the login use it */
export function useUser(): User {
  const user = use(UserContext);
  if (user === null) throw new Error('nobody is logged in');
  return user;
}

/** A line for the sign-in page: why one is there. */
export const farewell = createSignal<string | null>(null);

const endings: Readonly<Record<string, string>> = text.auth.ended;

/** What to say about the end of a session. */
export function endingText(reason: string): string {
  return endings[reason] ?? text.auth.ended.other;
}

/** What went wrong, in words for a user. */
export function errorText(thrown: unknown): string {
  return amandaErrorOf(thrown).message;
}
