import type { AppRouter } from '@amanda/api';
import { contractVersion } from '@amanda/contract/wire';
import { createTRPCClient, type TRPCClient, TRPCClientError } from '@trpc/client';
import type { Answer, KnownAnswer } from './answers/answer.ts';
import { createAnswers } from './answers/answers.ts';
import { createPlaces, type KeyValueStore } from './answers/store.ts';
import { type ChatHandle, createChatHandle } from './chat/chat.ts';
import { type Connection, createConnection } from './connection/connection.ts';
import { wallOf } from './environment/clock.ts';
import { completeEnvironment, type Environment } from './environment/environment.ts';
import { aborted, outdated } from './errors/amanda-error.ts';
import { type FeedItem, watchFeed } from './feed/watch.ts';
import { askAgainWhenFull } from './wire/again.ts';
import { callsOverHttp, hearSession } from './wire/calls.ts';
import { lastingSubscriptions, signedOutError } from './wire/lasting.ts';
import { defaultTiming, type WireTiming } from './wire/options.ts';
import { createRepeat } from './wire/repeat.ts';
import { createWire } from './wire/wire.ts';

/** How to reach a server, and as whom. */
export interface AmandaClientOptions {
  /** Where the server is, such as `https://chat.example.org`. In a browser the page's own origin when absent. */
  readonly url?: string;
  /** A bearer token (`auth.tokens.create`), or what gives one. Without it the browser's cookie says who calls. */
  readonly token?: string | (() => string | Promise<string>);
  /** Further headers of HTTP calls and server-sent events. WebSockets of browsers can carry none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Keeps the place in running answers over a reload: `sessionStorage` or the like. In memory when absent. */
  readonly store?: KeyValueStore;
  /** What carries subscriptions. `auto` takes WebSockets, and server-sent events where those are blocked. */
  readonly transport?: 'auto' | 'websocket' | 'sse';
  readonly environment?: Partial<Environment>;
  readonly timing?: Partial<WireTiming>;
}

/** A client of one server, as one user. Whoever makes it closes it, or keeps it as long as the page lives. */
export interface AmandaClient extends Disposable {
  /** Every procedure of the server, typed. Subscriptions made with it last over lost links, too. */
  readonly trpc: TRPCClient<AppRouter>;
  readonly connection: Connection;
  chat(chatId: number): ChatHandle;
  /** An answer by its message's id, to be followed from what is known of it. */
  answer(messageId: number, known?: KnownAnswer): Answer;
  /**
   * The user's change feed, until the reader breaks off. Without `lastEventId` it begins with `ready`.
   * @throws {AmandaError} SESSION_ENDED and the like, to whoever reads
   */
  watch(options?: { lastEventId?: string; signal?: AbortSignal }): AsyncGenerator<FeedItem, void, undefined>;
  /** Makes fresh links at once: after a change of the token, or when a user presses "try again". */
  reconnect(): void;
  /** Ends everything that is followed. */
  close(): void;
}

/** Makes a client. Nothing is sent before it is used. */
export function createAmandaClient(options: AmandaClientOptions = {}): AmandaClient {
  const environment = completeEnvironment(options.environment);
  const timing: WireTiming = { ...defaultTiming, ...options.timing };
  const url = `${baseOf(options.url)}/trpc`;
  const { token } = options;
  const tokenNow =
    token === undefined ? undefined : async () => (typeof token === 'string' ? token : token());
  const headers = async (): Promise<Record<string, string>> => ({
    ...options.headers,
    ...(tokenNow === undefined ? {} : { authorization: `Bearer ${await tokenNow()}` }),
  });

  const places = createPlaces(options.store, environment.clock);
  const connection = createConnection(() => wallOf(environment.clock), 'websocket');
  const wakers = new Set<() => void>();
  const enders = new Set<(error: TRPCClientError<AppRouter>) => void>();
  const add = <Listener>(set: Set<Listener>, listener: Listener) => {
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  };
  const endAll = (error: TRPCClientError<AppRouter>) => {
    for (const end of enders) end(error);
  };

  const signOut = (reason = '') => {
    connection.hold('signedOut', reason);
    places.clear();
    endAll(signedOutError(reason));
    answers.clear();
    wire.suspend();
  };
  const reconnect = () => {
    connection.setOffline(false);
    connection.hold(null);
    wire.replace();
    for (const wake of wakers) wake();
  };
  const wire = createWire({
    url,
    token: tokenNow,
    headers,
    transport: options.transport ?? 'auto',
    environment,
    timing,
    connection,
    onSessionEnd: signOut,
  });
  const trpc = createTRPCClient<AppRouter>({
    links: [
      hearSession({ onBegin: reconnect, onEnd: signOut }),
      lastingSubscriptions({
        wire,
        connection,
        environment,
        timing,
        onSignedOut: signOut,
        onEnd: (listener) => add(enders, listener),
      }),
      askAgainWhenFull(),
      (runtime) => {
        const calls = callsOverHttp({ url, headers, environment, timing })(runtime);
        const subscriptions = wire.link(runtime);
        return (call) => (call.op.type === 'subscription' ? subscriptions(call) : calls(call));
      },
    ],
  });

  let exchanged: Promise<void> | undefined;
  /** Asks once which contract the server speaks; asked again only when no answer came. */
  const exchangeContract = () => {
    exchanged ??= trpc.system.info.query().then(
      (info) => {
        if (info.contract === contractVersion) return;
        connection.hold('outdated');
        endAll(TRPCClientError.from<AppRouter>(outdated()));
      },
      () => {
        exchanged = undefined;
      },
    );
  };
  const refuseIfOver = () => {
    const { status } = connection.getSnapshot();
    if (status === 'outdated') throw outdated();
    if (status === 'closed') throw aborted();
  };

  const answers = createAnswers({
    places,
    follow(input, observer) {
      refuseIfOver();
      exchangeContract();
      return trpc.message.stream.subscribe(input, observer);
    },
  });
  const repeat = createRepeat({
    connection,
    environment,
    timing,
    onWake: (listener) => add(wakers, listener),
  });

  const stopListening = environment.wake((signal) => {
    const { status } = connection.getSnapshot();
    if (status === 'signedOut' || status === 'closed') return;
    if (signal === 'wake') reconnect();
    else if (signal === 'offline') connection.setOffline(true);
    else {
      places.flush();
      wire.suspend();
    }
  });

  const close = () => {
    stopListening();
    places.flush();
    endAll(TRPCClientError.from<AppRouter>(aborted()));
    connection.hold('closed');
    wire.close();
  };

  return {
    trpc,
    connection,
    chat: (chatId) =>
      createChatHandle(chatId, {
        trpc,
        answers,
        async repeat(call, signal) {
          refuseIfOver();
          exchangeContract();
          return repeat(call, signal);
        },
      }),
    answer: (messageId, known) => answers.of(messageId, known),
    watch: (watchOptions) =>
      watchFeed((input, observer) => {
        refuseIfOver();
        exchangeContract();
        return trpc.events.watch.subscribe(input, observer);
      }, watchOptions),
    reconnect,
    close,
    [Symbol.dispose]: close,
  };
}

/** The server's address without a slash at its end. */
function baseOf(url: string | undefined): string {
  const { location }: { location?: { origin: string }; fetch: unknown } = globalThis;
  const base = url ?? location?.origin;
  if (base === undefined) throw new TypeError('createAmandaClient needs a `url` outside of a browser');
  return new URL(base, location?.origin).href.replace(/\/+$/, '');
}
