import type { AppRouter } from '@amanda/api';
import {
  createWSClient,
  httpSubscriptionLink,
  type OperationLink,
  type TRPCLink,
  type TRPCWebSocketClient,
  wsLink,
} from '@trpc/client';
import superjson from 'superjson';
import type { ConnectionControl } from '../connection/connection.ts';
import type { Environment } from '../environment/environment.ts';
import { isSignedOut } from '../errors/amanda-error.ts';
import { pauseBefore } from './backoff.ts';
import { later, loadedOnce } from './later.ts';
import type { WireTiming } from './options.ts';
import { readRejection } from './rejection.ts';
import { impatientSockets } from './socket.ts';

/** What a wire is made of. */
export interface WireOptions {
  /** Address of tRPC over HTTP, absolute: `https://chat.example.org/trpc`. */
  readonly url: string;
  readonly token: (() => string | Promise<string>) | undefined;
  readonly headers: () => Promise<Record<string, string>>;
  /** `auto`: sockets, and server-sent events once sockets turn out to be blocked. */
  readonly transport: 'auto' | 'websocket' | 'sse';
  readonly environment: Environment;
  readonly timing: WireTiming;
  readonly connection: ConnectionControl;
  /** The server ended the session of the socket. */
  onSessionEnd(reason: string): void;
}

/** What carries subscriptions, whichever way works at the moment. */
export interface Wire {
  /** Ends a chain of links; asked anew at each subscription. */
  readonly link: TRPCLink<AppRouter>;
  /**
   * Hears when what is underneath goes: `replaced` means subscribe again from the place you have, `suspended` means
   * leave and wait for that.
   */
  onChange(listener: (change: 'replaced' | 'suspended') => void): () => void;
  /** Makes everything underneath anew, at once. */
  replace(): void;
  /** Lets the links go until `replace`. */
  suspend(): void;
  close(): void;
}

/** The session of the socket has ended; the reason says how. Also in `packages/host`. */
const sessionEnded = 4401;
/** No close frame came (RFC 6455, 7.1.5). */
const lostCode = 1006;
/** Sockets that may fail before we ask whether HTTP would work. */
const attemptsBeforeDoubt = 2;

interface Under {
  readonly transport: 'websocket' | 'sse';
  readonly link: OperationLink<AppRouter>;
  close(): void;
}

/** Makes the wire of one client. Nothing is connected before the first subscription. */
export function createWire(options: WireOptions): Wire {
  const { connection, environment, timing } = options;
  const listeners = new Set<(change: 'replaced' | 'suspended') => void>();
  const canSocket = environment.WebSocket !== undefined && options.transport !== 'sse';
  let proven = false;
  let failures = 0;
  let closed = false;
  let under = canSocket ? overSocket() : overEvents();

  const tell = (change: 'replaced' | 'suspended') => {
    for (const listener of listeners) listener(change);
  };

  function exchange(next: () => Under): void {
    if (closed) return;
    const before = under;
    under = next();
    connection.setTransport(under.transport);
    // Everybody leaves the old one before it closes, else tRPC tells them that their subscription is complete.
    tell('replaced');
    before.close();
  }

  /** Whether sockets are blocked on the way: they fail, while HTTP to the same server works. */
  async function doubt(): Promise<void> {
    failures = 0;
    if (options.transport !== 'auto') return;
    try {
      const response = await environment.fetch(`${options.url}/system.health`, {
        headers: await options.headers(),
        credentials: 'include',
      });
      if (response.ok && !proven && under.transport === 'websocket') exchange(overEvents);
    } catch {
      // HTTP does not work either: go on trying.
    }
  }

  function overSocket(): Under {
    const { WebSocket: Socket } = environment;
    if (Socket === undefined) return overEvents();
    const { token } = options;
    const client: TRPCWebSocketClient = createWSClient({
      url: options.url.replace(/^http/, 'ws'),
      WebSocket: impatientSockets(Socket, {
        clock: environment.clock,
        patience: timing.socket,
        listener: {
          onMessage(data) {
            const rejection = readRejection(data);
            if (rejection !== undefined && isSignedOut(rejection)) options.onSessionEnd('');
          },
          onClose({ code, reason }, heard) {
            if (code === sessionEnded) return options.onSessionEnd(reason);
            // Any code but this one was said by the peer, so the way is free.
            if (heard || code !== lostCode) proven = true;
            else if (!proven && under.transport === 'websocket' && ++failures >= attemptsBeforeDoubt)
              void doubt();
          },
        },
      }),
      lazy: { enabled: true, closeMs: timing.idleMs },
      keepAlive: {
        enabled: true,
        intervalMs: timing.ping.intervalMs,
        pongTimeoutMs: timing.ping.timeoutMs,
      },
      retryDelayMs: (attempt) => pauseBefore(attempt, timing.backoff, environment.random),
      ...(token === undefined ? {} : { connectionParams: async () => ({ token: await token() }) }),
    });
    return {
      transport: 'websocket',
      link: wsLink<AppRouter>({ client, transformer: superjson })({}),
      close: () => void client.close().catch(() => {}),
    };
  }

  function overEvents(): Under {
    const loaded = loadedOnce(async () => {
      const { EventSource } = await import('eventsource');
      return httpSubscriptionLink<AppRouter, typeof EventSource>({
        url: options.url,
        transformer: superjson,
        EventSource,
        eventSourceOptions: () => ({
          // Headers are asked for at each attempt: a token may have been renewed.
          fetch: async (input, init) =>
            environment.fetch(input, {
              ...init,
              headers: { ...init.headers, ...(await options.headers()) },
              credentials: 'include',
            }),
        }),
      })({});
    });
    return {
      transport: 'sse',
      link: (call) => later(loaded().then((link) => link(call))),
      close() {},
    };
  }

  connection.setTransport(under.transport);
  return {
    link: () => (call) => under.link(call),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replace: () => exchange(under.transport === 'websocket' ? overSocket : overEvents),
    suspend() {
      tell('suspended');
      under.close();
    },
    close() {
      closed = true;
      listeners.clear();
      under.close();
    },
  };
}
