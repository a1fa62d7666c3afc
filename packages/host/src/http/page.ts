import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { sendError } from './errors.ts';
import { isProgramPath } from './protect.ts';

/**
 * Serves the web page. Browsers (`Accept` with `text/html`) get it at `/` and at every path that is no file, so that
 * its own routes can be opened; programs get the JSON of the legacy surface at `/`.
 * @param options.root the folder with `index.html`
 */
export async function mountPage(
  app: FastifyInstance,
  options: { root: string; version: string },
): Promise<void> {
  await app.register(fastifyStatic, {
    root: options.root,
    index: false,
    wildcard: false,
    cacheControl: false,
    globIgnore: ['index.html'],
    setHeaders(response, path) {
      // Vite names files by their content; everything else is looked at again.
      const named = path.includes('/assets/');
      response.header('cache-control', named ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });

  const page = (reply: FastifyReply) => reply.sendFile('index.html');

  app.get('/', async (request, reply) => {
    reply.header('vary', 'Accept');
    if (wantsHtml(request)) return page(reply);
    return { service: 'Amanda Backend', status: 'running', version: options.version };
  });
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && wantsHtml(request) && !isProgramPath(request.url);
    return isPage ? page(reply) : sendError(reply, 'NOT_FOUND');
  });
}

function wantsHtml(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}
