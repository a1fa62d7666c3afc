import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AiScript, scriptedAi } from '@amanda/ai-client/scripted';
import { createCaller } from '@amanda/api';
import { createCore, noLimits, silentLog } from '@amanda/core';
import { temporaryDatabase } from '@amanda/db/temporary';
import Fastify from 'fastify';
import { io as connect } from 'socket.io-client-4.5';
import { attachSocketIo, registerRest } from '../src/index.ts';
import { openApiDocument } from '../src/openapi/document.ts';
import { routes } from '../src/rest/routes.ts';
import { holdToDocument } from './documented.ts';
import { follow, freeRoom } from './servers.ts';

/** The legacy surface over the real router, domain and database, and a scripted AI backend. Its cookie is a bare id. */
export async function amanda(script: AiScript) {
  const closing = new AsyncDisposableStack();
  const db = closing.use(await temporaryDatabase());
  const ai = closing.use(scriptedAi(script));
  const log = silentLog;
  const core = closing.use(await createCore({ db, ai, log, limits: noLimits, passwords: { rounds: 1000 } }));
  const agent = { address: '127.0.0.1', userAgent: 'test' };
  const sessionOf = async (cookie: string | undefined) => {
    const id = /session=([^;]+)/.exec(cookie ?? '')?.[1];
    return id === undefined ? null : core.sessions.open(id);
  };
  const context = { core, agent, surface: 'compat', requestId: 'r', log } as const;

  const server = createServer();
  const app = Fastify({
    serverFactory: (handler) => {
      server.on('request', handler);
      return server;
    },
  });
  const info = { service: 'Amanda', version: '0' };
  holdToDocument(app, openApiDocument({ routes, info }));
  registerRest(app, {
    async callerFor(request, reply) {
      const session = await sessionOf(request.headers.cookie);
      reply.raw.once('close', () => session?.release());
      const cookies = {
        set: (id: string) => void reply.header('set-cookie', `session=${id}; Path=/`),
        clear: () => void reply.header('set-cookie', 'session=; Path=/; Max-Age=0'),
        remember: () => {},
      };
      return createCaller({ ...context, session, cookies });
    },
    allowedOrigins: [],
    info,
  });
  await app.ready();
  const socketIo = attachSocketIo(server, {
    async authenticate(request, { signal }) {
      const session = await sessionOf(request.headers.cookie);
      return session === null ? null : { session, caller: createCaller({ ...context, session }, { signal }) };
    },
    credentialsIn: ({ headers }) => headers.cookie ?? '',
    enter: () => ({ claim: () => true, leave() {} }),
    originAllowed: () => true,
    refused: () => {},
    turns: { take: () => true, enter: () => {} },
    unread: freeRoom,
    partyOf: (_request, userId) => `user ${userId}`,
    log,
  });
  closing.defer(() => app.close());
  closing.defer(() => socketIo.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let cookie = '';
  return {
    url,
    core,
    /** Calls as one user, whose cookie is kept. */
    async call(method: string, path: string, body?: object) {
      const response = await fetch(url + path, {
        method,
        headers: { cookie, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const [set] = response.headers.getSetCookie();
      if (set !== undefined) cookie = set.split(';')[0] ?? '';
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    connect(transports: ('polling' | 'websocket')[] = ['polling', 'websocket']) {
      const socket = connect(url, {
        forceNew: true,
        reconnection: false,
        transports,
        extraHeaders: { cookie },
      });
      closing.defer(() => void socket.disconnect());
      return follow(socket);
    },
    forgetCookie() {
      cookie = '';
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

export const says = (...pieces: string[]): AiScript =>
  async function* () {
    yield* pieces;
    yield { done: true };
  };
