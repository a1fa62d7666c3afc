import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { OriginPolicy } from '../origin/origin-policy.ts';
import { sendError } from './errors.ts';

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
  options: { policy: OriginPolicy; https: boolean },
): Promise<void> {
  const { policy } = options;
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (!isProgramPath(request.url)) return;
    reply.header('cache-control', 'no-store');
    if (isDocumentation(request.url)) return;
    if (!policy.allows(request.headers, protocolOf(request))) return sendError(reply, 'ORIGIN_REFUSED');
  });
  await app.register(cors, {
    delegator(request, done) {
      const { origin } = request.headers;
      const listed =
        origin !== undefined &&
        isProgramPath(request.url) &&
        policy.isListed(origin, request.headers, protocolOf(request));
      // An origin that is not listed gets no access-control header at all.
      if (!listed) return done(null, { origin: false });
      done(null, {
        origin,
        credentials: true,
        methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        allowedHeaders: ['content-type', 'authorization', 'trpc-accept', 'last-event-id'],
        exposedHeaders: ['retry-after', 'x-request-id'],
        maxAge: 600,
      });
    },
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
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: options.https,
    // Set by CORS where another origin may read; elsewhere nobody embeds us.
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
}

/** The scheme that the client used, as far as trusted proxies say. */
export function protocolOf(request: FastifyRequest): 'http' | 'https' {
  return request.protocol === 'https' ? 'https' : 'http';
}
