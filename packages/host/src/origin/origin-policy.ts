import type { IncomingHttpHeaders } from 'node:http';

import type { Scheme } from './scheme.ts';

/** What decides whether a browser page may talk to us. */
export interface OriginPolicyOptions {
  /** Exact origins besides our own, such as `https://app.example.org`. */
  readonly listed: readonly string[];
  /** Our own address as browsers see it; without it our origin is scheme and `Host` of the request. */
  readonly publicUrl: URL | null;
}

/** Decides which browser pages may talk to us; programs that are no browsers send neither header and may. */
export interface OriginPolicy {
  /** Whether a request, an upgrade or a polling handshake may go on. */
  allows(headers: IncomingHttpHeaders, scheme: Scheme): boolean;
}

/**
 * Makes the origin policy. A request is refused when `Origin` is there and neither our own nor listed, or when
 * `Sec-Fetch-Site` is there and says that another site is asking. WebSockets know no CORS: this check is all they have.
 */
export function createOriginPolicy(options: OriginPolicyOptions): OriginPolicy {
  const listed = new Set(options.listed);

  function isOwn(origin: string, host: string | undefined, scheme: Scheme): boolean {
    const asked = originIn(origin);
    if (asked === null) return false;
    if (options.publicUrl !== null) return asked === options.publicUrl.origin;
    return host !== undefined && asked === originIn(`${scheme}://${host}`);
  }

  return {
    allows(headers, scheme) {
      const { origin, host } = headers;
      if (origin !== undefined) return listed.has(origin) || isOwn(origin, host, scheme);
      const site = headers['sec-fetch-site'];
      return site === undefined || site === 'same-origin' || site === 'none';
    },
  };
}

/**
 * An origin as browsers write it: without the port that its scheme implies, and in small letters. WebSocket clients
 * that are no browsers write the address that they connect to, with the scheme of the WebSocket or a needless port.
 */
function originIn(text: string): string | null {
  if (!/^(https?|wss?):\/\/[^\s/?#@\\]+$/i.test(text)) return null;
  const address = text.replace(/^ws/i, 'http');
  return URL.canParse(address) ? new URL(address).origin : null;
}
