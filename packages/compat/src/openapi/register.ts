import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type DocumentOptions, openApiDocument } from './document.ts';

const assets = [
  { url: '/docs', file: 'page.html', type: 'text/html; charset=utf-8' },
  { url: '/docs/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { url: '/docs/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
] as const;

const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Mounts `/openapi.json`, and at `/docs` a page to try it that loads nothing from anywhere else.
 * @returns the paths that were mounted
 */
export function registerDocumentation(scope: FastifyInstance, options: DocumentOptions): readonly string[] {
  const document = openApiDocument(options);
  scope.get('/openapi.json', () => document);
  for (const { url, file, type } of assets) {
    const content = readFileSync(join(import.meta.dirname, 'page', file));
    scope.get(url, (_request, reply) =>
      reply.type(type).header('content-security-policy', contentSecurityPolicy).send(content),
    );
  }
  return ['/openapi.json', ...assets.map(({ url }) => url)];
}
