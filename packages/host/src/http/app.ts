import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { errorTable } from '@amanda/contract';

import type { Log, RefusalKind } from '@amanda/core';
import Fastify, { type FastifyInstance, LogController } from 'fastify';

import type { HostConfig } from '../config.ts';
import type { Listener } from '../listener.ts';
import type { OriginPolicy } from '../origin/origin-policy.ts';
import type { Scheme } from '../origin/scheme.ts';
import { boundBodies } from './bound-bodies.ts';
import { compressJson } from './compress.ts';
import { answerErrors, errorBody, errorCodeOf } from './errors.ts';
import { fastifyLog } from './log.ts';
import { protect } from './protect.ts';

/** Makes the Fastify instance on a port that is already bound, with everything that stands before the routes. */
export async function createApp(options: {
  config: HostConfig;
  listener: Listener;
  policy: OriginPolicy;
  schemeOf: (request: IncomingMessage) => Scheme;
  log: Log;
  addressOf: (request: IncomingMessage) => string;
  /** Counts who is turned away; a peer whose request could not be read is named by its connection. */
  refused: (kind: RefusalKind, peer: IncomingMessage | string) => void;
}): Promise<FastifyInstance> {
  const { config, listener, log } = options;
  const { server } = listener;
  server.headersTimeout = config.http.headersMs;
  server.requestTimeout = config.http.requestMs;
  server.keepAliveTimeout = config.http.keepAliveMs;

  let serve = () => {};
  const app = Fastify({
    loggerInstance: fastifyLog(log),
    // The hook below writes one line for each request.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.bodyLimit,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    return503OnClosing: false,
    serverFactory(handler) {
      serve = () => listener.serve(handler);
      return server;
    },
    // A path that cannot be decoded has no route, and so none of the hooks below.
    frameworkErrors(error, _request, reply) {
      const code = errorCodeOf(error);
      const body = JSON.stringify(errorBody(code));
      reply.raw.writeHead(errorTable[code].http, { 'content-type': 'application/json; charset=utf-8' });
      reply.raw.end(body);
    },
  });
  // Not before: the port is open already, and a request that meets half-made routes throws where nobody catches.
  app.addHook('onReady', async () => serve());
  // First of all: Fastify's own listener destroys the socket, which then has no address.
  server.prependListener('clientError', (error: NodeJS.ErrnoException, socket) => {
    const address = socket instanceof Socket ? socket.remoteAddress : undefined;
    if (error.code !== 'ECONNRESET') options.refused('connection', address ?? '');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
    const body = JSON.stringify({ success: false, message: 'The request is not valid HTTP.' });
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });

  answerErrors(app, log, options.refused);
  await protect(app, {
    policy: options.policy,
    schemeOf: options.schemeOf,
    https: config.publicUrl?.protocol === 'https:',
    refused: options.refused,
  });
  boundBodies(app, { mostBytes: config.http.bodiesBytes, addressOf: options.addressOf });
  compressJson(app);
  app.addHook('onResponse', async (request, reply) => {
    log.debug(
      {
        requestId: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'Answered',
    );
  });
  return app;
}
