import type { FastifyReply, FastifyRequest } from 'fastify';

const methods = 'GET, POST, PUT, PATCH, DELETE, OPTIONS';
const preflightSeconds = '600';

/**
 * Makes the hook that tells browsers which pages may read our answers: those of the listed origins, with their
 * cookies. Any other origin gets no `access-control-*` header at all.
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
    if (request.method !== 'OPTIONS') return;
    reply.header('access-control-allow-methods', methods);
    reply.header('access-control-allow-headers', 'content-type');
    reply.header('access-control-max-age', preflightSeconds);
  };
}
