import { EventEmitter } from 'node:events';
import { type Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { authenticationRequired, handshakeRefusals } from '../errors/texts.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Conversation, converse, type SocketLog } from './conversation.ts';
import { boundBody, boundPackets } from './flood.ts';
import type { Connection } from './gate.ts';
import { createGuests, type Doors } from './guests.ts';
import { defaultSocketLimits, type SocketLimits } from './limits.ts';
import { createPacketLane, type Turns } from './packet-lane.ts';
import { countUnread, type UnreadCount, type UnreadRoom } from './unread.ts';

/** What the Socket.IO surface needs from the host. */
export interface SocketIoOptions extends Doors {
  /** The class that serves WebSockets (the package ws); Engine.IO's own when absent. */
  readonly webSocketServer?: (new (options: object) => object) | undefined;
  /** The turns that all work of the server takes. */
  readonly turns: Turns;
  /** Where what a client leaves unread counts. */
  readonly unread: UnreadRoom;
  /** Whose turns a connection takes, and whose unread answers it holds: a user's, or a stranger's (null). */
  partyOf(request: IncomingMessage, userId: number | null): string;
  readonly log: SocketLog;
  readonly limits?: Partial<SocketLimits> | undefined;
  readonly clock?: Clock | undefined;
}

/** The Socket.IO surface of a server. */
export interface SocketIo {
  readonly io: Server;
  /** Whose connection a request has begun, or carries; null for a stranger's. */
  userOf(request: IncomingMessage): number | null;
  /** Lets nobody in any more and has every client reconnect, once it has been shown the answers that it waits for. */
  drain(): void;
  /**
   * Breaks all connections, as a network does, and waits until nothing of theirs is under way: about a second when a
   * peer takes nothing. The HTTP server stays open.
   */
  close(): Promise<void>;
}

/** How long a client may take from its handshake to joining, in milliseconds. */
const joinMs = 10_000;

/**
 * Serves Socket.IO (Engine.IO 4, polling and WebSocket) at `/socket.io/`. Call it after the server has its handler for
 * requests: Engine.IO passes to it what is not its own. Upgrades of other paths are left alone.
 */
export function attachSocketIo(server: HttpServer, options: SocketIoOptions): SocketIo {
  const { log, clock = systemClock } = options;
  const limits = { ...defaultSocketLimits, ...options.limits };
  const guests = createGuests(options, { clock, closeMs: limits.closeMs });
  const conversations = new Set<Conversation>();
  const counts = new WeakMap<IncomingMessage, UnreadCount>();
  let isDraining = false;

  const io = new Server({
    path: '/socket.io/',
    serveClient: false,
    destroyUpgrade: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: limits.packetBytes,
    ...(options.webSocketServer === undefined ? {} : { wsEngine: options.webSocketServer }),
    connectTimeout: joinMs,
    cors: (request, callback) => {
      const isAllowed = request instanceof IncomingMessage && options.originAllowed(request);
      callback(null, { origin: isAllowed ? (request.headers.origin ?? false) : false, credentials: true });
    },
    allowRequest: (request, decide) => void decideOn(request, decide),
  });

  const userOf = (request: IncomingMessage) => guests.of(request)?.identity?.session.userId ?? null;

  const partyOf = (request: IncomingMessage) => options.partyOf(request, userOf(request));

  async function decideOn(
    request: IncomingMessage,
    decide: (refusal: string | undefined, isAdmitted: boolean) => void,
  ): Promise<void> {
    try {
      const refusal = await guests.admit(request);
      decide(refusal ?? undefined, refusal === null);
    } catch (error) {
      log.error({ err: error }, 'A Socket.IO handshake failed');
      decide(handshakeRefusals.failed, false);
    }
  }

  io.use((socket, next) => void join(socket, next));

  async function join(socket: Socket, next: (refusal?: Error) => void): Promise<void> {
    const guest = guests.of(socket.request);
    if (guest === undefined) return next(new Error(authenticationRequired.message));
    // Socket.IO looks for a second joining only once the first is through; until then each would be let in.
    if (guest.hasJoined) return next(new Error('already joined'));
    guest.hasJoined = true;
    const refusal = await guests.identify(guest, socket.handshake.auth['token']).catch((error: unknown) => {
      log.error({ err: error }, 'A bearer token could not be looked up');
      return handshakeRefusals.failed;
    });
    guest.hasJoined = refusal === null;
    if (refusal === authenticationRequired.message) options.refused('access', socket.request);
    next(refusal === null ? undefined : new Error(refusal));
  }

  io.on('connection', (socket) => {
    const guest = guests.of(socket.request);
    const count = counts.get(socket.request);
    if (guest === undefined || guest.identity === null || count === undefined) {
      socket.disconnect(true);
      return;
    }
    guest.isServed = true;
    const conversation = converse({
      socket,
      link: guest.link,
      room: count.belongTo(partyOf(socket.request)),
      ...guest.identity,
      controller: guest.controller,
      limits,
      clock,
      log,
      refused: (kind) => options.refused(kind, socket.request),
    });
    conversations.add(conversation);
    if (isDraining) conversation.drain();
    socket.once('disconnect', () => {
      void conversation.settled().then(() => conversations.delete(conversation));
    });
  });

  io.attach(server);
  io.engine.on('connection', (connection: Connection) => {
    const { request } = connection;
    const flooded = () => options.refused('frame', request);
    boundPackets(connection, limits, flooded);
    const lane = createPacketLane(connection, {
      turns: options.turns,
      binaryBytes: limits.packetBytes,
      party: () => partyOf(request),
      onFlood() {
        flooded();
        connection.close(true);
      },
    });
    guests.open(connection, lane);
    const link = guests.of(request)?.link;
    if (link === undefined) return;
    const count = countUnread(connection, link, {
      room: options.unread,
      clock,
      stuckMs: limits.stuckMs,
      onStuck: () => link.cut(),
    });
    count.belongTo(partyOf(request));
    counts.set(request, count);
  });
  io.engine.use(async (request: IncomingMessage, answer: unknown, next: (error?: Error) => void) => {
    const passes =
      answer instanceof EventEmitter && (await guests.passes(request, answer).catch(() => false));
    if (passes && request.method === 'POST' && answer instanceof ServerResponse) {
      boundBody({ request, response: answer }, limits);
      // Too many packets for us, or too many bytes for Engine.IO.
      answer.once('finish', () => {
        if (answer.statusCode === 413) options.refused('frame', request);
      });
    }
    next(passes ? undefined : new Error('not this connection'));
  });

  return {
    io,
    userOf,
    drain() {
      isDraining = true;
      guests.close();
      for (const conversation of conversations) conversation.drain();
    },
    async close() {
      isDraining = true;
      guests.close();
      // Not `io.close()`, which closes the HTTP server too, and not a disconnection by Socket.IO or a packet of
      // Engine.IO that says "closed", after which clients stay away: a connection that breaks makes them come back.
      const links = guests.links();
      for (const link of links) link.sever();
      for (const conversation of conversations) conversation.abort();
      await Promise.all([...conversations].map((conversation) => conversation.settled()));
      await Promise.all(links.map((link) => link.broken()));
      io.engine.close();
    },
  };
}
