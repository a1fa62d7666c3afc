import type { AppRouter } from '@amanda/api';
import { httpBatchLink, httpLink, type Operation, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import superjson, { serialize } from 'superjson';
import type { Environment } from '../environment/environment.ts';
import { amandaErrorOf, isSignedOut } from '../errors/amanda-error.ts';
import type { WireTiming } from './options.ts';

/** URLs beyond this length are cut by some proxies. */
const longestUrl = 4000;

/**
 * Sends queries and mutations over HTTP, those of one moment together. A query that would be too long for a batch of its
 * own goes alone, so that the server says what it thinks of it.
 */
export function callsOverHttp(options: {
  url: string;
  headers: () => Promise<Record<string, string>>;
  environment: Environment;
  timing: Pick<WireTiming, 'queryMs'>;
}): TRPCLink<AppRouter> {
  const { environment, headers, timing, url } = options;
  const { clock } = environment;
  const patientFetch: NonNullable<Parameters<typeof httpLink<AppRouter>>[0]['fetch']> = async (
    input,
    init,
  ) => {
    // Over a dead link an answer never comes. What a mutation did is not known then, so only queries are cut short.
    const late = new AbortController();
    const abort = () => late.abort();
    const timer =
      init?.method === 'GET'
        ? clock.setTimeout(() => late.abort(new TypeError('no answer came over the network')), timing.queryMs)
        : undefined;
    init?.signal?.addEventListener('abort', abort);
    try {
      return await environment.fetch(input, { ...init, signal: late.signal, credentials: 'include' });
    } finally {
      clock.clearTimeout(timer);
      init?.signal?.removeEventListener('abort', abort);
    }
  };
  const link = { url, transformer: superjson, headers, fetch: patientFetch };
  const isLong = ({ input, path, type }: Operation) =>
    type === 'query' &&
    `${url}/${path}?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: serialize(input) }))}`.length >
      longestUrl;
  return (runtime) => {
    // The server takes 50.
    const together = httpBatchLink<AppRouter>({ ...link, maxItems: 20, maxURLLength: longestUrl })(runtime);
    const alone = httpLink<AppRouter>(link)(runtime);
    return (call) => (isLong(call.op) ? alone(call) : together(call));
  };
}

/** Procedures that begin a session, and those that end it. */
const begins = new Set(['auth.logIn', 'auth.signUp']);
const ends = new Set(['auth.logOut', 'user.deleteAccount']);

/** A link that hears, from the outcome of calls, when a session begins and when it is over. */
export function hearSession(hear: {
  onBegin(): void;
  /** @param reason why, where the server says so */
  onEnd(reason?: string): void;
}): TRPCLink<AppRouter> {
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
            const read = amandaErrorOf(error);
            if (op.type !== 'subscription' && isSignedOut(read)) hear.onEnd(read.details.reason);
            observer.error(error);
          },
          complete: () => observer.complete(),
        }),
      );
}
