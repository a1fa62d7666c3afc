import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { createCaller } from '@amanda/api';
import { attachSocketIo, type SocketIdentity, type SocketIo } from '@amanda/compat';
import type { Agent, Core, LiveSession, Log, RefusalKind } from '@amanda/core';

import type { Connections } from '../connections/connections.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { partyNamed } from '../turns/party.ts';
import type { Room } from '../turns/room.ts';
import type { Turns } from '../turns/turns.ts';
import type { HeldSocket } from './held-socket.ts';
import { OneFrameServer } from './one-frame.ts';
import type { PartialMessages } from './partial-messages.ts';

/** What Socket.IO needs from the host. */
export interface SocketIoMountOptions {
  readonly core: Core;
  readonly log: Log;
  readonly connections: Connections;
  readonly credentials: Credentials;
  readonly turns: Turns;
  readonly room: Room;
  readonly partials: PartialMessages;
  agentOf(request: IncomingMessage): Agent;
  allows(request: IncomingMessage): boolean;
  /** Largest packet, in bytes. */
  readonly packetBytes: number;
  /** Counts who is turned away. */
  refused(kind: RefusalKind, request: IncomingMessage): void;
}

/** Serves the Socket.IO surface on a server that has its handler for requests. */
export function mountSocketIo(server: Server, options: SocketIoMountOptions): SocketIo {
  const { connections, core, credentials, log } = options;

  /** A caller for a connection; it has no cookies, for none can be set there. */
  function identity(
    session: LiveSession | null,
    request: IncomingMessage,
    { signal }: { signal: AbortSignal },
  ): SocketIdentity | null {
    if (session === null) return null;
    const requestId = randomUUID();
    const context = {
      core,
      session,
      agent: options.agentOf(request),
      surface: 'compat',
      requestId,
      log,
    } as const;
    return { caller: createCaller(context, { signal }), session };
  }

  const partyOf = (request: IncomingMessage, userId: number | null) =>
    partyNamed(options.agentOf(request).address, userId);

  /** Engine.IO makes one of its own. */
  class SocketServer extends OneFrameServer {
    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      callback: (ws: HeldSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (ws, upgraded) => {
        // A frame that is too large or no frame at all; Engine.IO closes the socket.
        ws.on('error', () => options.refused('frame', request));
        callback(ws, upgraded);
        options.partials.watch(ws, socket, {
          party: () => partyOf(request, socketIo.userOf(request)),
          onCut() {
            log.info(
              { userId: socketIo.userOf(request) },
              'A message did not become whole in time and was cut',
            );
            options.refused('frame', request);
          },
        });
      });
    }
  }

  const toldOf = new WeakSet<IncomingMessage>();
  const socketIo = attachSocketIo(server, {
    authenticate: async (request, connection) =>
      identity(await credentials.sessionOf(request), request, connection),
    async authenticateToken(token, request, connection) {
      const session = await credentials.openToken(token, request);
      return session === 'foreign' ? session : identity(session, request, connection);
    },
    credentialsIn: (request) => credentials.named(request),
    enter: (request, userId) => connections.enter({ address: options.agentOf(request).address, userId }),
    originAllowed(request) {
      const isAllowed = options.allows(request);
      // Engine.IO and its CORS both ask.
      if (!isAllowed && !toldOf.has(request)) {
        toldOf.add(request);
        options.refused('origin', request);
      }
      return isAllowed;
    },
    turns: options.turns,
    unread: options.room,
    partyOf,
    refused: (kind, request) => options.refused(kind, request),
    webSocketServer: SocketServer,
    log,
    limits: { packetBytes: options.packetBytes },
  });
  return socketIo;
}
