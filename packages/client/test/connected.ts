import { startTestServer, type TestServer, type TestServerOptions, type TestUser } from '@amanda/testing';
import { WebSocket } from 'ws';
import {
  type AmandaClient,
  type AmandaClientOptions,
  createAmandaClient,
  type SocketConstructor,
} from '../src/index.ts';

/** A WebSocket with headers, where a browser would add the cookie by itself. */
export function socketWith(headers: Record<string, string>): SocketConstructor {
  return class extends WebSocket {
    constructor(url: string) {
      super(url, { headers });
    }
  };
}

/** A client that carries a user's cookie, as a browser would; quick to come back. */
export function clientOf(
  url: string,
  user: Pick<TestUser, 'cookie'>,
  options: AmandaClientOptions = {},
): AmandaClient {
  const headers = { cookie: user.cookie };
  return createAmandaClient({
    url,
    headers,
    ...options,
    environment: { WebSocket: socketWith(headers), random: () => 0, ...options.environment },
    timing: { backoff: { firstMs: 20, longestMs: 40 }, ...options.timing },
  });
}

/** A server with one user, a chat of theirs, and their client. */
export async function conversation(
  options: TestServerOptions & {
    client?: AmandaClientOptions;
    through?: (server: TestServer) => string;
  } = {},
) {
  await using parts = new AsyncDisposableStack();
  const server = parts.use(await startTestServer(options));
  const user = await server.signUp();
  const url = options.through?.(server) ?? server.url;
  const client = parts.use(clientOf(url, user, options.client));
  const { id: chatId } = await client.trpc.chat.create.mutate({});
  const all = parts.move();
  return {
    server,
    user,
    client,
    chatId,
    chat: client.chat(chatId),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
