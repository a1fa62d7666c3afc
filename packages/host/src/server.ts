import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

import { type Context, createCaller, refusalKindOf } from '@amanda/api';
import { corsFor, registerRest } from '@amanda/compat';
import type { Core, LiveSession, Log, RefusalKind } from '@amanda/core';
import proxyAddr from '@fastify/proxy-addr';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { HostConfig } from './config.ts';
import { createConnections } from './connections/connections.ts';
import { boundOpenSockets, mostOpenSockets } from './connections/open-sockets.ts';
import { createDeviceCookie } from './cookies/device-cookie.ts';
import { type CookieKeys, createSessionCookie } from './cookies/session-cookie.ts';
import { createCredentials } from './credentials/credentials.ts';
import { admitAnswer } from './http/admission.ts';
import { createApp } from './http/app.ts';
import { boundAnswers } from './http/bound-answers.ts';
import { hasUrl } from './http/has-url.ts';
import { openPage } from './http/page.ts';
import { protectEveryAnswer } from './http/protect.ts';
import { mountTrpc } from './http/trpc.ts';
import { whenOver } from './http/when-over.ts';
import type { Listener } from './listener.ts';
import { createOriginPolicy } from './origin/origin-policy.ts';
import { createSchemeReader } from './origin/scheme.ts';
import { createPartialMessages } from './sockets/partial-messages.ts';
import { refuseUpgrade } from './sockets/refuse-upgrade.ts';
import { mountSocketIo } from './sockets/socket-io.ts';
import { createTrpcSockets } from './sockets/trpc-sockets.ts';
import { partyNamed } from './turns/party.ts';
import { createRoom } from './turns/room.ts';
import { createTurns } from './turns/turns.ts';

/** What a host is made of. */
export interface ServerOptions {
  readonly core: Core;
  readonly config: HostConfig;
  /** What the session cookie is sealed with. */
  readonly keys: CookieKeys;
  readonly log: Log;
  /** A port that was bound before; the server closes it in the end. */
  readonly listener: Listener;
}

/** A running server. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /**
   * Drains and closes: new work is refused, clients are told to reconnect, answers being written may go on for
   * `config.drainMs`, then every connection ends. Leaves `core` open. May be called twice.
   */
  close(): Promise<void>;
}

/** What a browser is told where the web app has not been built. */
const noticePage = path.join(import.meta.dirname, '../page');

/** How long the last events of answers may take to leave, once all runs have ended. */
const FAREWELL_MS = 200;

/** Serves tRPC (HTTP and WebSocket), the legacy surface, the probes and the web page on one port. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { core, config, log, listener } = options;
  const policy = createOriginPolicy({ listed: config.corsOrigins, publicUrl: config.publicUrl });
  const secure = config.publicUrl?.protocol === 'https:';
  const cookie = createSessionCookie({ keys: options.keys, secure });
  const deviceCookie = createDeviceCookie({ secure });
  const trusts = proxyAddr.compile([...config.trustedProxies]);
  const addressOf = (request: IncomingMessage) => proxyAddr(request, trusts);
  const agentOf = (request: IncomingMessage) => ({
    address: addressOf(request),
    userAgent: request.headers['user-agent'] ?? '',
    device: deviceCookie.read(request.headers.cookie),
  });
  const schemeOf = createSchemeReader(trusts);
  const refused = (kind: RefusalKind, peer: IncomingMessage | string): void => {
    core.refusals.count({ kind, address: typeof peer === 'string' ? peer : addressOf(peer) });
    if (kind === 'origin' && typeof peer !== 'string') log.debug(originFields(peer), 'An origin was refused');
  };
  let draining = false;
  const connections = createConnections({
    limits: config.connections,
    onRefused: (_bound, { address, userId }) =>
      core.refusals.count({ kind: 'connection', address, userId: userId ?? undefined }),
  });
  boundOpenSockets(listener.server, {
    limits: { perAddress: config.connections.openPerAddress, total: mostOpenSockets() },
    trusts,
    onRefused: (_bound, address) => refused('connection', address),
  });

  const credentials = createCredentials({
    core,
    cookie,
    onRefused: (request) => refused('credential', request),
  });

  function httpContext(
    surface: 'trpc-http' | 'compat',
    session: LiveSession | null,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Context {
    return {
      core,
      session,
      agent: agentOf(request.raw),
      surface,
      requestId: request.id,
      log,
      cookies: {
        async set(sessionId, expiresAt) {
          reply.header('set-cookie', await cookie.write(sessionId, expiresAt));
        },
        clear() {
          reply.header('set-cookie', cookie.clear());
        },
        remember(device) {
          reply.header('set-cookie', deviceCookie.write(device));
        },
      },
    };
  }

  const turns = createTurns();
  const room = createRoom(config.unread.unreadBytes);
  const partials = createPartialMessages(config.sockets);
  const answerBytes = (session: LiveSession | null) =>
    session === null ? config.unread.strangerAnswerBytes : config.unread.answerBytes;
  /** Who asks: a user, or a stranger's address. */
  const partyOf = (session: LiveSession | null, request: FastifyRequest) =>
    partyNamed(addressOf(request.raw), session?.userId ?? null);
  /** Counts an answer to whoever asks, and has it made when it is their turn. */
  const admit = async (
    session: LiveSession | null,
    request: FastifyRequest,
    reply: FastifyReply,
    calls: number,
  ) => {
    const party = partyOf(session, request);
    await admitAnswer(room, {
      party,
      response: reply.raw,
      // No batch holds more than its bytes and one page.
      bytes: Math.min(calls * answerBytes(session), config.batchBytes + config.unread.answerBytes),
      waitMs: config.http.roomMs,
    });
    // Those that waited for room are woken together.
    await turns.turn(party);
  };

  const app = await createApp({ config, listener, policy, schemeOf, log, addressOf, refused });
  const sockets = createTrpcSockets({
    limits: config.sockets,
    log,
    connections,
    turns,
    room,
    partials,
    answerBytes,
    sessionOf: (request) => credentials.sessionOf(request),
    openToken: (token, request) => credentials.openToken(token, request),
    addressOf,
    refused: (refusal) => core.refusals.count(refusal),
    contextFor: ({ session, request, socket }) => ({
      core,
      session,
      agent: agentOf(request),
      surface: 'trpc-ws',
      requestId: randomUUID(),
      log,
      socket,
    }),
  });

  const assertRoomToLogIn = () => core.accounts.assertRoomToLogIn();
  mountTrpc(app, {
    assertRoomToLogIn,
    log,
    cors: corsFor(config.corsOrigins),
    maxBatchSize: config.maxBatchSize,
    maxBodySize: config.callBytes,
    refused,
    isEnding: () => draining,
    enter: (request, userId) => connections.enter({ address: addressOf(request.raw), userId }),
    batchBytes: config.batchBytes,
    admit,
    sessionOf: (request) => credentials.sessionOf(request.raw),
    openToken: (token, request) => credentials.openToken(token, request.raw),
    contextFor: (session, request, reply) => httpContext('trpc-http', session, request, reply),
    turn: async (session, request) => turns.turn(partyOf(session, request)),
  });
  app.get('/ready', async (_request, reply) => {
    if (draining) return reply.code(503).send({ status: 'draining' });
    const { status } = await core.system.health();
    // The end may have begun while the database was asked.
    if (draining) return reply.code(503).send({ status: 'draining' });
    return status === 'healthy'
      ? { status: 'ready' }
      : reply.code(503).header('retry-after', '5').send({ status });
  });
  const page = await openPage({
    root: config.webRoot ?? noticePage,
    bringsSession: (cookies) => cookie.isIn(cookies),
  });
  registerRest(app, {
    assertRoomToLogIn,
    async callerFor(request, reply) {
      const session = await credentials.sessionOf(request.raw);
      if (session !== null) whenOver(reply.raw, () => session.release());
      await admit(session, request, reply, 1);
      return createCaller(httpContext('compat', session, request, reply));
    },
    allowedOrigins: config.corsOrigins,
    refused(error, request) {
      const kind = refusalKindOf(error);
      if (kind !== null) refused(kind, request.raw);
    },
    info: core.system.info(),
    page: page.send,
  });
  await page.mount(app);
  await app.ready();

  const allows = (request: IncomingMessage) =>
    hasUrl(request) && policy.allows(request.headers, schemeOf(request));

  const socketIo = mountSocketIo(listener.server, {
    core,
    log,
    connections,
    credentials,
    agentOf,
    allows,
    refused,
    turns,
    room,
    partials,
    packetBytes: config.callBytes,
  });

  protectEveryAnswer(listener.server, { https: config.publicUrl?.protocol === 'https:' });
  /** tRPC's sockets, which look after their readers themselves. */
  const trpcConnections = new WeakSet<Duplex>();
  const stopCutting = boundAnswers(listener.server, {
    config,
    log,
    isExempt: (socket) => trpcConnections.has(socket),
    refused: (address) => refused('connection', address),
  });

  listener.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = request.url ?? '';
    // From here on Node does not listen, and Engine.IO does so only once it knows whose the upgrade is.
    socket.on('error', () => socket.destroy());
    if (url.startsWith('/socket.io/')) return;
    const [pathname] = url.split('?', 1);
    if (pathname !== '/trpc' && pathname !== '/trpc/') return refuseUpgrade(socket, 404);
    if (!hasUrl(request)) return refuseUpgrade(socket, 400);
    if (!allows(request)) {
      refused('origin', request);
      return refuseUpgrade(socket, 403);
    }
    if (draining) return refuseUpgrade(socket, 503);
    trpcConnections.add(socket);
    void sockets.upgrade(request, socket, head);
  });

  let closing: Promise<void> | null = null;
  async function drain(): Promise<void> {
    draining = true;
    sockets.drain();
    socketIo.drain();
    const isWriting = core.runs.activeCount > 0;
    await core.runs.shutdown(config.drainMs);
    // Whoever was watching sees the end on the socket that it has, and need not come back for it.
    if (isWriting) await setTimeout(FAREWELL_MS);
    await Promise.all([sockets.close(), socketIo.close()]);
    stopCutting();
    partials.close();
    await listener.close();
    await app.close();
  }
  const close = () => (closing ??= drain());
  return { url: listener.url, port: listener.port, close, [Symbol.asyncDispose]: close };
}

/** What the log names of a page that was refused. */
function originFields({ headers, url }: IncomingMessage) {
  const [path = ''] = (url ?? '').split('?', 1);
  return {
    origin: headers.origin?.slice(0, 200),
    site: headers['sec-fetch-site'],
    host: headers.host?.slice(0, 200),
    path: path.slice(0, 200),
  };
}
