import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { sendError } from './errors.ts';
import { isProgramPath } from './protect.ts';

/**
 * Serves the files of the web page, and the page itself at every path that is no file, so that its own routes can be
 * opened. `/` belongs to the legacy surface, which gives browsers what {@link sendPage} sends.
 * @param options.root the folder with `index.html`
 */
export async function mountPage(app: FastifyInstance, options: { root: string }): Promise<void> {
  await app.register(fastifyStatic, {
    root: options.root,
    index: false,
    wildcard: false,
    cacheControl: false,
    // The build writes a compressed copy beside each file that gains by it.
    preCompressed: true,
    globIgnore: ['index.html', '**/*.br', '**/*.gz'],
    setHeaders(reply, path) {
      // Vite names files by their content; everything else is looked at again.
      const isNamedByContent = path.includes('/assets/');
      reply.header('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && wantsHtml(request) && !isProgramPath(request.url);
    return isPage ? sendPage(request, reply) : sendError(reply, 'NOT_FOUND');
  });
}

/** Sends the page to a browser. */
export function sendPage(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html');
}

function wantsHtml(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}
