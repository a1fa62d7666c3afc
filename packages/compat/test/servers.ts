import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import Fastify, { type FastifyInstance } from 'fastify';
import { io as connect48, type Socket as Socket48 } from 'socket.io-client';
import { io as connect45, type Socket as Socket45 } from 'socket.io-client-4.5';
import {
  attachSocketIo,
  type Caller,
  type Clock,
  registerRest,
  type SocketIo,
  type SocketIoOptions,
  type SocketLimits,
} from '../src/index.ts';
import { openApiDocument } from '../src/openapi/document.ts';
import { routes } from '../src/rest/routes.ts';
import { holdToDocument } from './documented.ts';
import { type FakeAmanda, fakeAmanda } from './fake-caller.ts';

/** A Fastify with the REST surface over the caller. */
export async function restApp(caller: Caller, origins: readonly string[] = []): Promise<FastifyInstance> {
  const app = Fastify({ bodyLimit: 4096 });
  const info = { service: 'Amanda', version: '1.2.3' };
  holdToDocument(app, openApiDocument({ routes, info }));
  registerRest(app, {
    callerFor: () => Promise.resolve(caller),
    allowedOrigins: origins,
    info,
  });
  await app.ready();
  return app;
}

/** A clock that stands still until the test moves it. */
export function handClock(): Clock & { advance(milliseconds: number): void; pending(): number } {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pending: () => timers.size,
    advance(milliseconds) {
      now += milliseconds;
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer);
        timer.run();
      }
    },
  };
}

/** A session that the test ends by hand. */
export function handSession() {
  const listeners = new Set<() => void>();
  const session = {
    id: 'session',
    userId: 1,
    ended: null as string | null,
    released: 0,
    onEnd(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    release() {
      session.released += 1;
    },
    end() {
      session.ended = 'logged_out';
      for (const listener of listeners) listener();
    },
  };
  return session;
}

export type Transports = readonly ('polling' | 'websocket')[];

/** A legacy client with all that it received, in order. */
export interface Client extends Disposable {
  readonly socket: Socket45 | Socket48;
  readonly received: { readonly name: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** Resolves with the next event of this name that nobody has waited for. */
  next(name: string): Promise<Readonly<Record<string, unknown>>>;
  /** All tokens so far, joined. */
  text(): string;
}

export function follow(socket: Socket45 | Socket48): Client {
  const received: Client['received'] = [];
  const taken = new Map<string, number>();
  let grown = Promise.withResolvers<void>();
  for (const name of [
    'message_token',
    'message_complete',
    'error',
    'disconnect',
    'connect',
    'connect_error',
  ]) {
    socket.on(name, (body: unknown) => {
      const fields =
        body instanceof Error
          ? { message: body.message }
          : typeof body === 'string'
            ? { reason: body }
            : body;
      received.push({ name, body: (fields ?? {}) as Record<string, unknown> });
      grown.resolve();
      grown = Promise.withResolvers();
    });
  }
  return {
    socket,
    received,
    async next(name) {
      const index = taken.get(name) ?? 0;
      taken.set(name, index + 1);
      for (;;) {
        const found = received.filter((event) => event.name === name)[index];
        if (found !== undefined) return found.body;
        await grown.promise;
      }
    },
    text: () =>
      received
        .filter(({ name }) => name === 'message_token')
        .map(({ body }) => body['text'])
        .join(''),
    [Symbol.dispose]: () => socket.disconnect(),
  };
}

/** A server with the Socket.IO surface over a fake router, on a port of its own. */
export interface SocketServer extends AsyncDisposable {
  readonly url: string;
  /** How many TCP connections are open. */
  open(): Promise<number>;
  readonly amanda: FakeAmanda;
  readonly session: ReturnType<typeof handSession>;
  readonly clock: ReturnType<typeof handClock>;
  readonly socketIo: SocketIo;
  readonly logged: object[];
  /** The kinds of refusal that were counted. */
  readonly refused: string[];
  /** Keeps look-ups of sessions or tokens waiting. @returns what resolves when so many have been asked for */
  holdSessions(until: Promise<void>, kind?: 'cookie' | 'token'): (asked: number) => Promise<void>;
  /** The signals of all connections, in their order. */
  readonly signals: AbortSignal[];
  connect(options?: {
    version?: '4.5' | '4.8';
    transports?: Transports;
    headers?: Record<string, string>;
    auth?: object;
  }): Client;
}

/** Turns without anybody who waits. */
const freeTurns: SocketIoOptions['turns'] = { take: () => true, enter: () => {} };

/** Room for everything. */
export const freeRoom: SocketIoOptions['unread'] = {
  hold: () => () => {},
  make: () => () => {},
  take: () => Promise.resolve(() => {}),
  whenRoom: () => null,
};

export async function socketServer(
  limits: Partial<SocketLimits> = {},
  port = 0,
  turns = freeTurns,
  unread = freeRoom,
): Promise<SocketServer> {
  const session = handSession();
  const clock = handClock();
  const signals: AbortSignal[] = [];
  const logged: object[] = [];
  const refused: string[] = [];
  const amanda = fakeAmanda();
  let hold: { kind: string; until: Promise<void>; asked: () => void } | null = null;
  const held = async (kind: string) => {
    if (hold?.kind !== kind) return;
    hold.asked();
    await hold.until;
  };
  const app = createServer((_request, response) => response.writeHead(404).end());
  const socketIo = attachSocketIo(app, {
    async authenticate(request, { signal }) {
      await held('cookie');
      if (request.headers.cookie !== 'session=good') return null;
      signals.push(signal);
      return { caller: amanda.callerWith(signal), session };
    },
    async authenticateToken(token, _request, { signal }) {
      await held('token');
      if (token === 'foreign token') return 'foreign';
      return token === 'good token' ? { caller: amanda.callerWith(signal), session } : null;
    },
    credentialsIn: ({ headers }) => /session=\w+/.exec(headers.cookie ?? '')?.[0] ?? '',
    enter: () => ({ claim: () => true, leave() {} }),
    turns,
    unread,
    partyOf: (_request, userId) => `user ${userId}`,
    originAllowed: ({ headers }) =>
      [undefined, 'https://listed.example', `http://${headers.host}`].includes(headers.origin),
    refused: (kind) => refused.push(kind),
    log: { error: (fields) => logged.push(fields) },
    limits,
    clock,
  });
  const listening = Promise.withResolvers<void>();
  app.listen(port, '127.0.0.1', listening.resolve);
  await listening.promise;
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  const clients: Client[] = [];
  return {
    url,
    open: () => promisify(app.getConnections.bind(app))(),
    amanda,
    session,
    clock,
    socketIo,
    logged,
    refused,
    signals,
    holdSessions(until, kind = 'cookie') {
      const seen = { count: 0 };
      let grown = Promise.withResolvers<void>();
      const asked = () => {
        seen.count += 1;
        grown.resolve();
        grown = Promise.withResolvers();
      };
      hold = { kind, until, asked };
      return async (most) => {
        while (seen.count < most) await grown.promise;
      };
    },
    connect({
      version = '4.5',
      transports = ['websocket'],
      headers = { cookie: 'session=good' },
      auth = {},
    } = {}) {
      const settings = {
        forceNew: true,
        reconnection: false,
        transports: [...transports],
        extraHeaders: headers,
        auth,
      };
      const socket = version === '4.5' ? connect45(url, settings) : connect48(url, settings);
      const client = follow(socket);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of clients) socket.disconnect();
      const broken = socketIo.close();
      // Peers that do not take what was written are cut.
      clock.advance(1_000);
      await broken;
      const closed = Promise.withResolvers<void>();
      app.close(() => closed.resolve());
      app.closeAllConnections();
      await closed.promise;
    },
  };
}
