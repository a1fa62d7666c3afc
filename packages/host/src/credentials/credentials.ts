import type { IncomingMessage } from 'node:http';

import { type Core, isOwnToken, type LiveSession } from '@amanda/core';

import { cookieValues, type SessionCookie } from '../cookies/session-cookie.ts';

/**
 * Finds out who asks. Other systems send their credentials along: a gateway its bearer token, a page the cookies of its
 * neighbours. What is not ours is not looked at, and never keeps out who brought something that is.
 */
export interface Credentials {
  /**
   * The session of a request, which whoever asked for it releases: a bearer token of ours goes before a cookie, and
   * decides also when it is expired or revoked; of several cookies the first that still opens a session.
   */
  sessionOf(request: IncomingMessage): Promise<LiveSession | null>;
  /**
   * The session of a token that came after the headers of its connection. Null when it opens none, or when the headers
   * have a bearer token of ours that opens none; `foreign` when it is none of ours.
   */
  openToken(token: string, request: IncomingMessage): Promise<LiveSession | null | 'foreign'>;
  /** What of a request's headers bears our names, as one text; empty when nothing does. */
  named(request: IncomingMessage): string;
}

/** Makes the reader of credentials. @param options.onRefused is told when one opens nothing */
export function createCredentials(options: {
  core: Pick<Core, 'sessions' | 'tokens'>;
  cookie: SessionCookie;
  onRefused: (request: IncomingMessage) => void;
}): Credentials {
  const { core, cookie, onRefused } = options;

  async function openOwn(token: string, request: IncomingMessage): Promise<LiveSession | null> {
    const session = await core.tokens.open(token);
    if (session === null) onRefused(request);
    return session;
  }

  async function sessionOf(request: IncomingMessage): Promise<LiveSession | null> {
    const token = bearerIn(request);
    if (token !== null && isOwnToken(token)) return openOwn(token, request);
    const ids = await cookie.read(request.headers.cookie);
    for (const id of ids) {
      const session = await core.sessions.open(id);
      if (session !== null) return session;
    }
    // A cookie that was sealed here and has ended is no guess.
    if (token !== null || (ids.length === 0 && cookie.isIn(request.headers.cookie))) onRefused(request);
    return null;
  }

  return {
    sessionOf,
    async openToken(token, request) {
      if (!isOwnToken(token)) {
        onRefused(request);
        return 'foreign';
      }
      const earlier = bearerIn(request);
      if (earlier !== null && earlier !== token && isOwnToken(earlier)) {
        const session = await openOwn(earlier, request);
        if (session === null) return null;
        session.release();
      }
      return openOwn(token, request);
    },
    named(request) {
      const token = bearerIn(request);
      const own = token !== null && isOwnToken(token) ? [token] : [];
      return [...own, ...cookieValues(request.headers.cookie, cookie.name)].join(' ');
    },
  };
}

/** What stands behind `Bearer` (RFC 6750, section 2.1); null when another scheme is used, or none. */
function bearerIn(request: IncomingMessage): string | null {
  return /^Bearer +(\S.*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}
