import { type Server as HttpServer, IncomingMessage } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { Caller } from '../api.ts';
import { authenticationRequired } from '../errors/texts.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Conversation, converse, type SocketLog, type SocketSession } from './conversation.ts';
import type { Connection } from './gate.ts';
import { defaultSocketLimits, type SocketLimits } from './limits.ts';

/** Who a connection belongs to. */
export interface SocketIdentity {
  /** A caller with the surface `compat` and this session, made with the connection's signal. */
  readonly caller: Caller;
  readonly session: SocketSession;
}

/** What the Socket.IO surface needs from the host. */
export interface SocketIoOptions {
  /**
   * Opens the session that the request's cookie or `Authorization` header names; null when there is none.
   * @param connection.signal aborts the caller's subscriptions (the second argument of `createCaller`)
   */
  authenticate(request: IncomingMessage, connection: { signal: AbortSignal }): Promise<SocketIdentity | null>;
  /**
   * Opens the session of a bearer token, which clients give as `auth: {token}`. Without it, or with a token that is
   * none, a connection without a session is refused.
   */
  authenticateToken?:
    | ((
        token: string,
        request: IncomingMessage,
        connection: { signal: AbortSignal },
      ) => Promise<SocketIdentity | null>)
    | undefined;
  /** Whether pages of the request's origin may connect; true for a request that is no browser's. */
  originAllowed(request: IncomingMessage): boolean;
  readonly log: SocketLog;
  readonly limits?: Partial<SocketLimits> | undefined;
  readonly clock?: Clock | undefined;
}

/** The Socket.IO surface of a server. */
export interface SocketIo {
  readonly io: Server;
  /** Refuses new connections and has every client reconnect, once it has been shown the answers that it waits for. */
  drain(): void;
  /** Cuts all connections and waits until nothing of theirs is under way. The HTTP server stays open. */
  close(): Promise<void>;
}

/** How long a client may take from its handshake to joining, in milliseconds. */
const joinMs = 10_000;

/** A handshake that was let in. */
interface Guest {
  readonly controller: AbortController;
  identity: SocketIdentity | null;
  /** Whether it has joined, or is about to. */
  hasJoined: boolean;
  /** Whether a conversation has taken the session over, and releases it. */
  isServed: boolean;
}

/**
 * Serves Socket.IO (Engine.IO 4, polling and WebSocket) at `/socket.io/`. Call it after the server has its handler for
 * requests: Engine.IO passes to it what is not its own. Upgrades of other paths are left alone.
 */
export function attachSocketIo(server: HttpServer, options: SocketIoOptions): SocketIo {
  const { log, clock = systemClock } = options;
  const limits = { ...defaultSocketLimits, ...options.limits };
  const guests = new WeakMap<IncomingMessage, Guest>();
  const conversations = new Set<Conversation>();
  /** The handshakes of the open connections, by their `sid`. */
  const openings = new Map<string, IncomingMessage>();
  let isDraining = false;

  const io = new Server({
    path: '/socket.io/',
    serveClient: false,
    destroyUpgrade: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: limits.packetBytes,
    connectTimeout: joinMs,
    cors: (request, callback) => {
      const isAllowed = request instanceof IncomingMessage && options.originAllowed(request);
      callback(null, { origin: isAllowed ? (request.headers.origin ?? false) : false, credentials: true });
    },
    allowRequest: (request, decide) => void decideOn(request, decide),
  });

  async function decideOn(
    request: IncomingMessage,
    decide: (refusal: string | undefined, isAdmitted: boolean) => void,
  ): Promise<void> {
    try {
      const isAdmitted = await admit(request);
      decide(isAdmitted ? undefined : authenticationRequired.message, isAdmitted);
    } catch (error) {
      log.error({ err: error }, 'A Socket.IO handshake failed');
      decide('The server cannot take connections at the moment', false);
    }
  }

  async function admit(request: IncomingMessage): Promise<boolean> {
    if (isDraining || !options.originAllowed(request)) return false;
    const controller = new AbortController();
    const identity = await options.authenticate(request, { signal: controller.signal });
    const mayBringToken = options.authenticateToken !== undefined && request.headers.cookie === undefined;
    if (identity === null && !mayBringToken) return false;
    if (request.socket.destroyed) {
      identity?.session.release();
      return false;
    }
    guests.set(request, { controller, identity, hasJoined: false, isServed: false });
    return true;
  }

  io.use((socket, next) => void join(socket, next));

  async function join(socket: Socket, next: (refusal?: Error) => void): Promise<void> {
    const guest = guests.get(socket.request);
    // Socket.IO looks for a second joining only once the first is through; until then each would be let in.
    if (guest?.hasJoined === true) return next(new Error('already joined'));
    if (guest !== undefined) guest.hasJoined = true;
    const isKnown = await identify(socket).catch((error: unknown) => {
      log.error({ err: error }, 'A bearer token could not be looked up');
      return false;
    });
    if (guest !== undefined) guest.hasJoined = isKnown;
    next(isKnown ? undefined : new Error(authenticationRequired.message));
  }

  /** Whether a connection that may join has a session, from its handshake or by its token. */
  async function identify(socket: Socket): Promise<boolean> {
    const guest = guests.get(socket.request);
    if (guest === undefined || guest.identity !== null) return guest !== undefined;
    const token: unknown = socket.handshake.auth['token'];
    if (typeof token !== 'string' || options.authenticateToken === undefined) return false;
    const { signal } = guest.controller;
    const identity = await options.authenticateToken(token, socket.request, { signal });
    if (socket.conn.readyState === 'open') guest.identity = identity;
    else identity?.session.release();
    return guest.identity !== null;
  }

  io.on('connection', (socket) => {
    const guest = guests.get(socket.request);
    if (guest === undefined || guest.identity === null) {
      socket.disconnect(true);
      return;
    }
    guest.isServed = true;
    const conversation = converse({
      socket,
      ...guest.identity,
      controller: guest.controller,
      limits,
      clock,
      log,
    });
    conversations.add(conversation);
    socket.once('disconnect', () => {
      void conversation.settled().then(() => conversations.delete(conversation));
    });
  });

  io.attach(server);
  io.engine.on('connection', (connection: Connection) => {
    const sid = String(Reflect.get(connection, 'id'));
    openings.set(sid, connection.request);
    connection.once('close', () => {
      openings.delete(sid);
      const guest = guests.get(connection.request);
      if (guest?.isServed === false) guest.identity?.session.release();
    });
  });
  io.engine.use(async (request: IncomingMessage, _response: unknown, next: (error?: Error) => void) => {
    const may = await mayGoOn(request).catch(() => false);
    next(may ? undefined : new Error('not this connection'));
  });

  /**
   * A connection belongs to its session: nobody else who is logged in may read or upgrade it with its `sid`. A request
   * without any credentials may: python-engineio sends the headers that it was given with the handshake only, and the
   * `sid` is as hard to guess as a session's id.
   */
  async function mayGoOn(request: IncomingMessage): Promise<boolean> {
    if (!options.originAllowed(request)) return false;
    const sid = new URL(request.url ?? '/', 'http://localhost').searchParams.get('sid');
    const opening = openings.get(sid ?? '');
    if (opening === undefined) return true;
    const { cookie, authorization } = request.headers;
    if (cookie === undefined && authorization === undefined) return true;
    if (cookie === opening.headers.cookie && authorization === opening.headers.authorization) return true;
    const { signal } = new AbortController();
    const identity = await options.authenticate(request, { signal });
    identity?.session.release();
    return identity !== null && identity.session.id === guests.get(opening)?.identity?.session.id;
  }

  return {
    io,
    drain() {
      isDraining = true;
      for (const conversation of conversations) conversation.drain();
    },
    async close() {
      isDraining = true;
      // Not `io.close()`, which closes the HTTP server too, and not a disconnection by Socket.IO, after which clients
      // stay away: a connection that breaks makes them come back.
      io.engine.close();
      for (const conversation of conversations) conversation.abort();
      await Promise.all([...conversations].map((conversation) => conversation.settled()));
    },
  };
}
