import type { AppRouter } from '@amanda/api';
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import superjson from 'superjson';

import type { TrpcTestClient } from './trpc-client.ts';

/** Makes a typed client for where WebSockets are blocked: subscriptions arrive as server-sent events. */
export function eventsClient(options: {
  url: string;
  cookie: string;
  /** Delay before the next attempt to connect, in milliseconds; a browser's is about 3,000. Default 50. */
  retryMs?: number;
}): TrpcTestClient {
  const url = `${options.url}/trpc`;
  const headers = { cookie: options.cookie };

  // The wait between attempts is the server's to say, and ours says nothing: it is put before the first event.
  const fetchEvents = async (input: string | URL, init: RequestInit): Promise<Response> => {
    const response = await fetch(input, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(init.headers)), ...headers },
    });
    if (response.body === null || response.status !== 200) return response;
    const hurried = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) =>
        controller.enqueue(new TextEncoder().encode(`retry: ${options.retryMs ?? 50}\n\n`)),
    });
    return new Response(response.body.pipeThrough(hurried), response);
  };
  const api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink<AppRouter, typeof EventSource>({
          url,
          transformer: superjson,
          EventSource,
          eventSourceOptions: () => ({ fetch: fetchEvents }),
        }),
        false: httpBatchLink<AppRouter>({ url, transformer: superjson, headers, maxItems: 20 }),
      }),
    ],
  });
  // Nothing is shared by its subscriptions: each ends when it is left.
  const close = () => Promise.resolve();
  return { api, close, [Symbol.asyncDispose]: close };
}
