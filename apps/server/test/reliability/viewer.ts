import { createAmandaClient } from '@amanda/client';
import { eventsClient, type TestUser, type TrpcTestClient, trpcClient } from '@amanda/testing';
import { io, type Socket } from 'socket.io-client-4.5';

import type { Screen } from './screen.ts';

/**
 * The ways to follow an answer: tRPC's own client over a WebSocket and over server-sent events, the legacy client, and
 * our own client package.
 */
export const transports = ['websocket', 'events', 'socket.io', 'package'] as const;
export type Transport = (typeof transports)[number];

/** One device of a user. Its connection is made once and outlives every fault; nobody tells it to come back. */
export interface Device extends AsyncDisposable {
  readonly over: Transport;
  /** Calls go over HTTP on every device. */
  readonly api: TrpcTestClient['api'];
  /** Shows an answer until its end. @returns what leaves it */
  view(place: { messageId: number; eventId?: string | undefined }, screen: Screen): Disposable;
}

/** How a device bears with its link; times in milliseconds. */
export interface DeviceOptions {
  readonly url: string;
  readonly user: TestUser;
  readonly over: Transport;
  /** The shortest wait before it connects again; the longest is twice that. Default 50. */
  readonly retryMs?: number;
  /** See `trpcClient`. */
  readonly keepAlive?: { readonly intervalMs: number; readonly pongTimeoutMs: number };
}

/** Makes a device. Whoever made it disposes it. */
export function device(options: DeviceOptions): Device {
  const { over, retryMs = 50, url, user } = options;
  if (over === 'socket.io') return legacyDevice(options);
  if (over === 'package') return packageDevice(options);
  const client =
    over === 'websocket'
      ? trpcClient({
          url,
          cookie: user.cookie,
          retryDelayMs: () => retryMs * (1 + Math.random()),
          ...(options.keepAlive === undefined ? {} : { keepAlive: options.keepAlive }),
        })
      : eventsClient({ url, cookie: user.cookie, retryMs });
  return {
    over,
    api: client.api,
    view: (place, screen) => follow(client, place, screen),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function follow(
  { api }: TrpcTestClient,
  { messageId, eventId }: { messageId: number; eventId?: string | undefined },
  screen: Screen,
): Disposable {
  const subscription = api.message.stream.subscribe(
    { messageId, ...(eventId === undefined ? {} : { lastEventId: eventId }) },
    {
      onData({ data: event }) {
        if (event.type === 'delta') screen.show(event.offset, event.text);
        else if (event.type === 'reset') screen.complain('a reset, though nothing was restored');
        else if (event.type === 'end') {
          screen.end({ status: event.status, stored: event.message?.text ?? null });
        }
      },
      onError(error) {
        screen.complain(`an error: ${error.message}`);
        screen.end({ status: 'error', stored: null });
      },
      onComplete() {
        if (screen.isEnded) return;
        screen.complain('the subscription was over before the end of the answer');
        screen.end({ status: 'error', stored: null });
      },
    },
  );
  return { [Symbol.dispose]: () => subscription.unsubscribe() };
}

/** What a web page has that uses the client package. */
function packageDevice({ keepAlive, retryMs = 50, url, user }: DeviceOptions): Device {
  const headers = { cookie: user.cookie };
  class WebSocketWithHeaders extends WebSocket {
    constructor(address: string) {
      super(address, { headers });
    }
  }
  const client = createAmandaClient({
    url,
    headers,
    transport: 'websocket',
    environment: { WebSocket: WebSocketWithHeaders },
    timing: {
      backoff: { firstMs: retryMs, longestMs: 2 * retryMs },
      ...(keepAlive === undefined
        ? {}
        : { ping: { intervalMs: keepAlive.intervalMs, timeoutMs: keepAlive.pongTimeoutMs } }),
    },
  });
  return {
    over: 'package',
    api: client.trpc,
    view({ messageId, eventId }, screen) {
      const answer = client.answer(messageId, { text: '', eventId: eventId ?? null });
      const leave = answer.subscribe(() => {
        const { done, message, problem, status, text } = answer.getSnapshot();
        if (!text.startsWith(screen.text)) screen.complain('shown text was taken back');
        if (text.length > screen.text.length) screen.show(screen.text.length, text.slice(screen.text.length));
        if (problem !== null) screen.complain(`a problem: ${problem.code}`);
        if (done) screen.end({ status, stored: message?.text ?? null });
      });
      return { [Symbol.dispose]: leave };
    },
    [Symbol.asyncDispose]: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

/** A client of the legacy surface that asks for the rest (`resume_message`) whenever it is connected again. */
function legacyDevice({ url, user, retryMs = 50 }: DeviceOptions): Device {
  const { api } = trpcClient({ url, cookie: user.cookie });
  const socket: Socket = io(url, {
    forceNew: true,
    transports: ['websocket'],
    reconnectionDelay: retryMs,
    reconnectionDelayMax: 2 * retryMs,
    // This client does not notice a link that breaks between the upgrade and the first packet before this time is over.
    timeout: 5_000,
    extraHeaders: { cookie: user.cookie },
  });
  return {
    over: 'socket.io',
    api,
    view({ messageId }, screen) {
      const ask = () => {
        if (socket.connected && !screen.isEnded) {
          socket.emit('resume_message', { message_id: messageId, offset: screen.text.length });
        }
      };
      const onToken = ({ text }: { text: string }) => screen.show(screen.text.length, text);
      const onComplete = (message: { message_id: number; full_text: string }) => {
        if (message.message_id === messageId) screen.end({ status: 'ended', stored: message.full_text });
      };
      const onError = () => screen.end({ status: 'error', stored: null });
      socket.on('connect', ask);
      socket.on('message_token', onToken);
      socket.on('message_complete', onComplete);
      socket.on('error', onError);
      ask();
      return {
        [Symbol.dispose]() {
          socket.off('connect', ask);
          socket.off('message_token', onToken);
          socket.off('message_complete', onComplete);
          socket.off('error', onError);
        },
      };
    },
    [Symbol.asyncDispose]: () => {
      socket.close();
      return Promise.resolve();
    },
  };
}
