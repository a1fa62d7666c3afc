import { eventsClient, type TestUser, type TrpcTestClient, trpcClient } from '@amanda/testing';
import { io, type Socket } from 'socket.io-client-4.5';

import type { Screen } from './screen.ts';

/** The three ways to follow an answer. */
export type Transport = 'websocket' | 'events' | 'socket.io';
export const transports: readonly Transport[] = ['websocket', 'events', 'socket.io'];

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

/** A client of the legacy surface that asks for the rest (`resume_message`) whenever it is connected again. */
function legacyDevice({ url, user, retryMs = 50 }: DeviceOptions): Device {
  const { api } = trpcClient({ url, cookie: user.cookie });
  const socket: Socket = io(url, {
    forceNew: true,
    transports: ['websocket'],
    reconnectionDelay: retryMs,
    reconnectionDelayMax: 2 * retryMs,
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
