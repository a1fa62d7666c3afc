import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCLink,
  wsLink,
} from '@trpc/client';
import { EventSource } from 'eventsource';
import { type AppRouter, transformer } from '../src/index.ts';

/** Queries and mutations over HTTP. The server takes batches of 50, and some proxies URLs of 4,000 characters. */
export const calls = (url: string, token: string) =>
  httpBatchLink<AppRouter>({
    url: `${url}/trpc`,
    transformer,
    maxItems: 20,
    maxURLLength: 4000,
    headers: { authorization: `Bearer ${token}` },
  });

/** Subscriptions over a WebSocket. A browser's carries no headers, so the token goes into its first message. */
export function overSocket(url: string, token: string) {
  const client = createWSClient({
    url: `${url.replace(/^http/, 'ws')}/trpc`,
    connectionParams: () => ({ token }),
    lazy: { enabled: true, closeMs: 5_000 },
    keepAlive: { enabled: true, intervalMs: 15_000, pongTimeoutMs: 5_000 },
  });
  return { link: wsLink<AppRouter>({ client, transformer }), close: () => client.close() };
}

/** Subscriptions as server-sent events, where sockets are blocked. */
export const overEvents = (url: string, token: string) =>
  httpSubscriptionLink<AppRouter, typeof EventSource>({
    url: `${url}/trpc`,
    transformer,
    EventSource,
    eventSourceOptions: () => ({
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
    }),
  });

/** Both together: the plain client of tRPC. */
export const client = (http: TRPCLink<AppRouter>, subscriptions: TRPCLink<AppRouter>) =>
  createTRPCClient<AppRouter>({
    links: [
      splitLink({ condition: ({ type }) => type === 'subscription', true: subscriptions, false: http }),
    ],
  });
