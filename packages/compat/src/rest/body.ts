import type { FastifyInstance } from 'fastify';
import { AmandaError } from '../api.ts';
import { invalid } from '../errors/refusal.ts';

const json = /^application\/(?:[\w.-]+\+)?json$/;
const forms: readonly string[] = ['application/x-www-form-urlencoded', 'multipart/form-data'];

/**
 * Makes the scope read bodies as legacy clients send them: JSON in UTF-8, and nothing at all under any content type
 * (old HTTP libraries name one also when they send no body).
 */
export function readJsonBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parse(request.headers['content-type'], body));
    } catch (error) {
      done(error instanceof Error ? error : new AmandaError('INTERNAL', { cause: error }));
    }
  });
}

function parse(contentType: string | undefined, body: string | Buffer): unknown {
  if (body.length === 0) return undefined;
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (forms.includes(mediaType)) throw invalid('body', 'form');
  if (!json.test(mediaType)) throw new AmandaError('UNSUPPORTED_MEDIA_TYPE');
  try {
    const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw invalid('body', 'syntax');
  }
}
