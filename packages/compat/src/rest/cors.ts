import type { FastifyReply, FastifyRequest } from 'fastify';

const methods = 'GET, POST, PUT, PATCH, DELETE, OPTIONS';
const preflightSeconds = '600';
/** What a page may read besides the body: when it may come again, and what the log names its call. */
const exposed = 'retry-after, x-request-id';
/** Names of headers in a list; longer lists are nobody's. */
const headerNames = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const longestList = 1024;

/**
 * Makes the hook that tells browsers which pages may read our answers: those of the listed origins, with their
 * cookies. They are trusted, and may send whatever headers their tools add (tracing, tRPC, tokens). Any other origin
 * gets no `access-control-*` header at all.
 * @param origins exact origins, such as `https://app.example.org`
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function corsFor(origins: readonly string[]): (request: FastifyRequest, reply: FastifyReply) => void {
  const listed = new Set(origins);
  return (request, reply) => {
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !listed.has(origin)) return;
    reply.header('access-control-allow-origin', origin);
    reply.header('access-control-allow-credentials', 'true');
    reply.header('access-control-expose-headers', exposed);
    if (request.method !== 'OPTIONS') return;
    reply.header('access-control-allow-methods', methods);
    reply.header('access-control-allow-headers', allowedHeaders(request));
    reply.header('access-control-max-age', preflightSeconds);
  };
}

/** `*` would not do: with cookies browsers take it for a name, and `Authorization` it never covers. */
function allowedHeaders(request: FastifyRequest): string {
  const asked = request.headers['access-control-request-headers'] ?? '';
  return asked.length <= longestList && headerNames.test(asked) ? asked : 'content-type';
}
