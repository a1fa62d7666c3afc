import type { AppRouter } from '@amanda/api';
import { httpBatchLink, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import superjson from 'superjson';
import type { Environment } from '../environment/environment.ts';
import { amandaErrorOf, isSignedOut } from '../errors/amanda-error.ts';

/** Sends queries and mutations over HTTP, those of one moment together. */
export function callsOverHttp(options: {
  url: string;
  headers: () => Promise<Record<string, string>>;
  environment: Environment;
}): TRPCLink<AppRouter> {
  const { environment, headers, url } = options;
  return httpBatchLink<AppRouter>({
    url,
    transformer: superjson,
    // The server takes 50, and URLs beyond this length are cut by some proxies.
    maxItems: 20,
    maxURLLength: 4000,
    headers,
    fetch: async (input, init) =>
      environment.fetch(input, { ...init, signal: init?.signal ?? null, credentials: 'include' }),
  });
}

/** Procedures that begin a session, and those that end it. */
const begins = new Set(['auth.logIn', 'auth.signUp']);
const ends = new Set(['auth.logOut', 'user.deleteAccount']);

/** A link that hears, from the outcome of calls, when a session begins and when it is over. */
export function hearSession(hear: { onBegin(): void; onEnd(): void }): TRPCLink<AppRouter> {
  return () =>
    ({ next, op }) =>
      observable((observer) =>
        next(op).subscribe({
          next(envelope) {
            if (op.type === 'mutation') {
              if (begins.has(op.path)) hear.onBegin();
              if (ends.has(op.path)) hear.onEnd();
            }
            observer.next(envelope);
          },
          error(error) {
            if (op.type !== 'subscription' && isSignedOut(amandaErrorOf(error))) hear.onEnd();
            observer.error(error);
          },
          complete: () => observer.complete(),
        }),
      );
}
