import type { IncomingMessage } from 'node:http';

/**
 * Whether path and `Host` together make an address: tRPC needs one. Node keeps the first of two hosts, where a proxy may
 * have looked at the second; RFC 9112, section 3.2, wants both refused. Upgrades and Engine.IO do not pass the hooks of
 * the routes, and ask for themselves.
 */
export function hasUrl(request: IncomingMessage): boolean {
  if ((request.headersDistinct['host']?.length ?? 0) > 1) return false;
  return URL.canParse(request.url ?? '', `http://${request.headers.host ?? 'localhost'}`);
}
