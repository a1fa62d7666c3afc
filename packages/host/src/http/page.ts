import { readdir } from 'node:fs/promises';
import path from 'node:path';

import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { sendError } from './errors.ts';
import { isProgramPath } from './protect.ts';

/** The web page of a folder. */
export interface WebPage {
  /** Sends the page to a browser. */
  readonly send: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  /**
   * Serves the files of the page, and the page itself at every path that is no file, so that its own routes can be
   * opened. `/` belongs to the legacy surface, which gives browsers what {@link WebPage.send} sends.
   */
  mount(app: FastifyInstance): Promise<void>;
}

/**
 * Makes the web page of a folder. It has an `index.html`, and may have shells: the same with what it will show already
 * in it, `shells/<member|stranger>/<first part of the path, or index>.html`. A member brings a session's cookie.
 * @param options.bringsSession whether a `Cookie` header carries a session, be it good or not: the page asks for that itself
 */
export async function openPage(options: {
  root: string;
  bringsSession: (cookies: string | undefined) => boolean;
}): Promise<WebPage> {
  const { root } = options;
  const shells = await shellsIn(root);

  const send: WebPage['send'] = (request, reply) => {
    const reader = options.bringsSession(request.headers.cookie) ? 'member' : 'stranger';
    const [, place] = /^\/([^/?]*)/.exec(request.url) ?? [];
    const shell = `shells/${reader}/${place === undefined || place === '' ? 'index' : place}.html`;
    reply.header('vary', 'Cookie');
    return reply.sendFile(shells.has(shell) ? shell : 'index.html');
  };

  return {
    send,
    async mount(app) {
      await app.register(fastifyStatic, {
        root,
        index: false,
        wildcard: false,
        cacheControl: false,
        // The build writes a compressed copy beside each file that gains by it.
        preCompressed: true,
        globIgnore: ['index.html', 'shells/**', '**/*.br', '**/*.gz'],
        setHeaders(reply, file) {
          // Vite names files by their content; everything else is looked at again.
          const isNamedByContent = file.includes('/assets/');
          reply.header(
            'cache-control',
            isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache',
          );
        },
      });
      app.setNotFoundHandler((request, reply) => {
        const isPage = request.method === 'GET' && wantsHtml(request) && !isProgramPath(request.url);
        return isPage ? send(request, reply) : sendError(reply, 'NOT_FOUND');
      });
    },
  };
}

/** The shells of a page, by their paths from its root; a page may have none. */
async function shellsIn(root: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const reader of ['member', 'stranger']) {
    const names = await readdir(path.join(root, 'shells', reader)).catch(() => []);
    for (const name of names) if (name.endsWith('.html')) found.add(`shells/${reader}/${name}`);
  }
  return found;
}

function wantsHtml(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}
