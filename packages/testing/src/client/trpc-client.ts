import type { AppRouter } from '@amanda/api';
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  splitLink,
  type TRPCClient,
  wsLink,
} from '@trpc/client';
import superjson from 'superjson';

/** How a test speaks to a server. */
export interface TrpcClientOptions {
  /** Where the server, or a proxy before it, is: `http://127.0.0.1:5000`. */
  readonly url: string;
  /** The session's cookie, `name=value`. */
  readonly cookie?: string | undefined;
  /** A bearer token instead of a cookie. */
  readonly token?: string | undefined;
  /** `ws`: everything over the WebSocket. `mixed`: calls over HTTP, subscriptions over the WebSocket. Default `mixed`. */
  readonly over?: 'ws' | 'mixed';
  /** Delay before the next attempt to connect, in milliseconds. Default 20. */
  readonly retryDelayMs?: (attempt: number) => number;
  /** How often a silent link is asked whether it still stands, and how long the answer may take, in milliseconds. */
  readonly keepAlive?: { readonly intervalMs: number; readonly pongTimeoutMs: number };
  onOpen?(): void;
  onClose?(cause: { code?: number } | undefined): void;
}

/** A typed client, and the socket under its subscriptions. Whoever made it closes it. */
export interface TrpcTestClient extends AsyncDisposable {
  readonly api: TRPCClient<AppRouter>;
  close(): Promise<void>;
}

/** Makes a typed client. Nothing is connected before the first call over the WebSocket. */
export function trpcClient(options: TrpcClientOptions): TrpcTestClient {
  const headers: Record<string, string> = {};
  if (options.cookie !== undefined) headers['cookie'] = options.cookie;
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;

  // A browser adds the cookie by itself; Node's WebSocket takes headers where a browser's takes protocols. Not a subclass:
  // tests of pages read this file with the browser's types.
  const WebSocketWithHeaders = new Proxy(WebSocket, {
    construct: (Socket, [url]) => Reflect.construct(Socket, [url, { headers }]),
  });

  const { keepAlive, token } = options;
  const socket = createWSClient({
    url: `${options.url.replace(/^http/, 'ws')}/trpc`,
    WebSocket: WebSocketWithHeaders,
    lazy: { enabled: true, closeMs: 60_000 },
    retryDelayMs: options.retryDelayMs ?? (() => 20),
    ...(keepAlive === undefined ? {} : { keepAlive: { enabled: true, ...keepAlive } }),
    ...(token === undefined ? {} : { connectionParams: { token } }),
    onOpen: () => options.onOpen?.(),
    onClose: (cause) => options.onClose?.(cause),
  });
  const overSocket = wsLink<AppRouter>({ client: socket, transformer: superjson });
  const overHttp = httpBatchLink<AppRouter>({
    url: `${options.url}/trpc`,
    transformer: superjson,
    headers,
    maxItems: 20,
  });
  const api = createTRPCClient<AppRouter>({
    links: [
      options.over === 'ws'
        ? overSocket
        : splitLink({
            condition: (operation) => operation.type === 'subscription',
            true: overSocket,
            false: overHttp,
          }),
    ],
  });
  const close = () => socket.close();
  return { api, close, [Symbol.asyncDispose]: close };
}
