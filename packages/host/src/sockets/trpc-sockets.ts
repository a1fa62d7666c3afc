import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AmandaError, appRouter, type Context, type ServerRouter, type Socket } from '@amanda/api';
import type { EndReason, LiveSession, Log, Refusal, RefusalKind } from '@amanda/core';
import { type CreateWSSContextFn, getWSConnectionHandler } from '@trpc/server/adapters/ws';
import type { WebSocket } from 'ws';

import type { SocketLimits } from '../config.ts';
import type { Connections, Place } from '../connections/connections.ts';
import type { Room } from '../turns/room.ts';
import { watchTaking } from '../turns/taking.ts';
import type { Turns } from '../turns/turns.ts';
import { closeCodes } from './close-codes.ts';
import type { HeldSocket } from './held-socket.ts';
import { OneFrameServer } from './one-frame.ts';
import type { PartialMessages } from './partial-messages.ts';
import { laneOf, type Peer, partyOf } from './peer.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { createSocketGate } from './socket-gate.ts';

/** What the tRPC sockets need from the host. */
export interface TrpcSocketsOptions {
  readonly limits: SocketLimits;
  readonly log: Log;
  readonly connections: Connections;
  readonly turns: Turns;
  readonly room: Room;
  readonly partials: PartialMessages;
  /** What an answer to whoever asks counts while it is being made. */
  answerBytes(session: LiveSession | null): number;
  /** The session that an upgrade's cookie or `Authorization` header opens. */
  sessionOf(request: IncomingMessage): Promise<LiveSession | null>;
  /** The session that a later bearer token opens; `foreign` when it is none of ours. */
  openToken(token: string, request: IncomingMessage): Promise<LiveSession | null | 'foreign'>;
  addressOf(request: IncomingMessage): string;
  /** Counts who is turned away. */
  refused(refusal: Refusal): void;
  contextFor(part: { session: LiveSession | null; request: IncomingMessage; socket: Socket }): Context;
}

/** The tRPC WebSockets of one host. */
export interface TrpcSockets {
  /** Takes over an upgrade whose path and origin were found good. Never throws. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** Lets nobody in any more, and tells all clients to open another socket, which a load balancer leads elsewhere. */
  drain(): void;
  /** How many sockets are open. */
  readonly size: number;
  /** Closes all sockets with 1012, and cuts those that do not answer within a second. */
  close(): Promise<void>;
}

/** How long a peer may take to answer a close before its socket is cut. */
const CLOSE_MS = 1000;

/** Makes the part of the host that speaks tRPC over WebSocket. */
export function createTrpcSockets(options: TrpcSocketsOptions): TrpcSockets {
  const { limits, log } = options;
  const peers = new Map<WebSocket, Peer>();
  let isEnding = false;
  // `closeTimeout` is newer than the types of ws, which would refuse it in a literal.
  const serverOptions = {
    noServer: true,
    maxPayload: limits.maxPayload,
    perMessageDeflate: false,
    closeTimeout: CLOSE_MS,
  };
  const wss = new OneFrameServer(serverOptions);

  const createContext: CreateWSSContextFn<ServerRouter> = async ({ req, res, info }) => {
    const peer = peers.get(res);
    if (peer === undefined) throw new AmandaError('SHUTTING_DOWN');
    peer.awaitsParams = false;
    const token = info.connectionParams?.['token'];
    if (token !== undefined) await useToken(token, peer, req);
    return options.contextFor({ session: peer.session, request: req, socket: placesOf(peer) });
  };

  /** Lets tRPC serve a socket, with a lane between them. */
  function serve(peer: Peer, request: IncomingMessage): void {
    const { ws } = peer;
    const lane = laneOf(peer, {
      ...options,
      onAbsurdFrame() {
        refused('frame', peer);
        ws.close(closeCodes.frameTooBig, 'too many messages in one frame');
      },
    });
    ws.once('close', () => lane.close());
    getWSConnectionHandler<ServerRouter>({
      wss,
      router: appRouter,
      createContext,
      experimental_encoder: lane.encoder,
      onError({ error, path }) {
        log.debug({ err: error, path }, 'A call over WebSocket failed');
      },
    })(ws, request);
    lane.open();
    options.partials.watch(ws, peer.socket, {
      party: () => partyOf(peer),
      onCut() {
        log.info({ userId: peer.session?.userId }, 'A message did not become whole in time and was cut');
        refused('frame', peer);
      },
    });
  }

  /** A token goes before what the upgrade brought, unless it is none of ours. @throws UNAUTHENTICATED */
  async function useToken(token: string, peer: Peer, request: IncomingMessage): Promise<void> {
    const session = await options.openToken(token, request);
    if (session === 'foreign' && peer.session !== null) return;
    if (session === null || session === 'foreign') throw new AmandaError('UNAUTHENTICATED');
    attach(peer, session);
    holdUnread(peer);
  }

  const refused = (kind: RefusalKind, { address, session }: Pick<Peer, 'address' | 'session'>): void =>
    options.refused({ kind, address, userId: session?.userId });

  /** Ties a socket to a session: when the session ends, nothing more is handed to the socket. */
  function attach(peer: Peer, session: LiveSession | null): void {
    peer.session?.release();
    peer.session = session;
    if (session === null) return;
    if (peer.ws.readyState !== peer.ws.OPEN) return session.release();
    const end = (reason: EndReason) => peer.ws.close(closeCodes.sessionEnded, reason);
    const forget = session.onEnd(end);
    peer.ws.once('close', () => {
      forget();
      session.release();
    });
    if (session.ended !== null) end(session.ended);
    else if (!peer.place.claim(session.userId)) turnAway(peer.ws);
  }

  /** Counts what the socket's reader leaves unread to whoever the socket belongs to now. */
  function holdUnread(peer: Peer): void {
    peer.letGo();
    peer.letGo = peers.has(peer.ws) ? options.room.hold(partyOf(peer), peer.socket) : () => {};
  }

  /** What the subscriptions of one socket share: its room and its places. */
  function placesOf(peer: Peer): Socket {
    let taken = 0;
    return {
      gate: peer.gate,
      enter() {
        if (taken >= limits.subscriptionsPerSocket) return null;
        taken += 1;
        return () => {
          taken -= 1;
        };
      },
    };
  }

  /** A browser cannot see the status of a refused upgrade, but the code of a close it can. */
  function turnAway(ws: WebSocket): void {
    ws.on('error', () => ws.terminate());
    ws.close(closeCodes.tooMany, 'too many connections');
  }

  function accept(
    ws: HeldSocket,
    request: IncomingMessage,
    socket: Duplex,
    { session, place }: { session: LiveSession | null; place: Place },
  ): void {
    const peer: Peer = {
      ws,
      socket,
      gate: createSocketGate(socket),
      place,
      taking: watchTaking(socket),
      address: options.addressOf(request),
      session: null,
      heardAt: performance.now(),
      pingedAt: null,
      awaitsParams:
        new URL(request.url ?? '/', 'http://localhost').searchParams.get('connectionParams') === '1',
      letGo: () => {},
    };
    peers.set(ws, peer);
    // A frame that is too large or no frame at all; `ws` closes the socket.
    ws.on('error', () => refused('frame', peer));
    ws.on('close', () => {
      peers.delete(ws);
      place.leave();
      peer.letGo();
    });
    attach(peer, session);
    holdUnread(peer);
    serve(peer, request);
  }

  const tick = () => {
    const now = performance.now();
    for (const peer of peers.values()) {
      const stuckMs = peer.taking.stuckMs(now);
      if (peer.awaitsParams && now - peer.heardAt > limits.firstMessageMs) {
        refused('connection', peer);
        peer.ws.close(closeCodes.firstMessage, 'no connectionParams');
      } else if (stuckMs > 0) {
        if (stuckMs > limits.slowReaderMs) cut(peer);
      } else if (peer.pingedAt !== null) {
        if (now - peer.pingedAt > limits.pongMs) peer.ws.terminate();
      } else if (now - peer.heardAt > limits.pingMs) {
        peer.pingedAt = now;
        if (peer.ws.readyState === peer.ws.OPEN) peer.ws.send('PING');
      }
    }
  };
  const ticker = setInterval(tick, limits.tickMs);
  ticker.unref();

  /** A close frame waits behind what the reader does not take; the cut follows after `closeTimeout`. */
  function cut(peer: Peer): void {
    log.info({ userId: peer.session?.userId }, 'A reader was too slow and was sent away');
    refused('connection', peer);
    peer.ws.close(closeCodes.slowReader, 'too slow');
  }

  return {
    get size() {
      return peers.size;
    },
    async upgrade(request, socket, head) {
      let session: LiveSession | null = null;
      try {
        session = await options.sessionOf(request);
      } catch (error) {
        log.error({ err: error }, 'The session of an upgrade could not be read');
        return refuseUpgrade(socket, 503);
      }
      // The look-up may have taken longer than the server's life.
      if (isEnding) {
        session?.release();
        return refuseUpgrade(socket, 503);
      }
      const address = options.addressOf(request);
      const place = options.connections.enter({ address, userId: session?.userId ?? null });
      if (place === null && session === null) return refuseUpgrade(socket, 429);
      let accepted = false;
      wss.handleUpgrade(request, socket, head, (ws) => {
        if (place === null) return turnAway(ws);
        accepted = true;
        accept(ws, request, socket, { session, place });
      });
      if (accepted) return;
      session?.release();
      place?.leave();
    },
    drain() {
      isEnding = true;
      for (const { ws } of peers.values())
        if (ws.readyState === ws.OPEN) ws.send('{"id":null,"method":"reconnect"}');
    },
    async close() {
      isEnding = true;
      clearInterval(ticker);
      const closed = [...wss.clients].map((ws) => new Promise((resolve) => ws.once('close', resolve)));
      for (const ws of wss.clients) ws.close(closeCodes.restart, 'restarting');
      await Promise.all(closed);
      wss.close();
    },
  };
}
