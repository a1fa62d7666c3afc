import type { IncomingMessage, Server } from 'node:http';

import type { RefusalKind } from '@amanda/core';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

import type { OriginPolicy } from '../origin/origin-policy.ts';
import type { Scheme } from '../origin/scheme.ts';
import { sendError } from './errors.ts';
import { hasUrl } from './has-url.ts';

/** Paths that answer with somebody's own objects, or change them. */
export function isProgramPath(url: string): boolean {
  return /^\/(api|trpc|socket\.io)(\/|\?|$)/.test(url);
}

/** The API's description is public and opened by links from anywhere. */
function isDocumentation(url: string): boolean {
  return /^\/api\/(docs|openapi\.json)(\/|\?|$)/.test(url);
}

/** Puts the checks and headers of `docs/security.md` before every route. */
export async function protect(
  app: FastifyInstance,
  options: {
    policy: OriginPolicy;
    schemeOf: (request: IncomingMessage) => Scheme;
    https: boolean;
    refused: (kind: RefusalKind, request: IncomingMessage) => void;
  },
): Promise<void> {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (!hasUrl(request.raw)) return sendError(reply, 'INVALID_INPUT');
    if (!isProgramPath(request.url) || isDocumentation(request.url)) return undefined;
    reply.header('cache-control', 'no-store');
    if (!options.policy.allows(request.headers, options.schemeOf(request.raw))) {
      reply.header('vary', 'Origin');
      options.refused('origin', request.raw);
      return sendError(reply, 'ORIGIN_REFUSED');
    }
    return undefined;
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: options.https,
  });
}

/**
 * Puts the headers that every answer needs on those that pass the hooks by: Socket.IO's, and what is refused before a
 * route is found. Call it when all handlers are attached; what helmet says of the same headers overrules it.
 */
export function protectEveryAnswer(server: Server, options: { https: boolean }): void {
  server.prependListener('request', (_request, response) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader(
      'content-security-policy',
      "default-src 'none';base-uri 'none';frame-ancestors 'none'",
    );
    response.setHeader('referrer-policy', 'no-referrer');
    if (options.https) {
      response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains');
    }
  });
}
