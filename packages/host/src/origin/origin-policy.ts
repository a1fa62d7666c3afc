import type { IncomingHttpHeaders } from 'node:http';

/** What decides whether a browser page may talk to us. */
export interface OriginPolicyOptions {
  /** Exact origins besides our own, such as `https://app.example.org`. */
  readonly listed: readonly string[];
  /** Our own address as browsers see it; without it our origin is scheme and `Host` of the request. */
  readonly publicUrl: URL | null;
}

/** Decides which browser pages may talk to us; programs that are no browsers send neither header and may. */
export interface OriginPolicy {
  /** Whether a page of this origin may read our answers. */
  isListed(origin: string, headers: IncomingHttpHeaders, protocol: 'http' | 'https'): boolean;
  /** Whether a request, an upgrade or a polling handshake may go on. */
  allows(headers: IncomingHttpHeaders, protocol: 'http' | 'https'): boolean;
}

/**
 * Makes the origin policy. A request is refused when `Origin` is there and neither our own nor listed, or when
 * `Sec-Fetch-Site` is there and says that another site is asking. WebSockets know no CORS: this check is all they have.
 */
export function createOriginPolicy(options: OriginPolicyOptions): OriginPolicy {
  const listed = new Set(options.listed);
  const policy: OriginPolicy = {
    isListed(origin, headers, protocol) {
      if (listed.has(origin)) return true;
      if (options.publicUrl !== null) return origin === options.publicUrl.origin;
      return headers.host !== undefined && origin === `${protocol}://${headers.host}`.toLowerCase();
    },
    allows(headers, protocol) {
      if (headers.origin !== undefined) return policy.isListed(headers.origin, headers, protocol);
      const site = headers['sec-fetch-site'];
      return site === undefined || site === 'same-origin' || site === 'none';
    },
  };
  return policy;
}
