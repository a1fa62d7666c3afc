import { sealData, unsealData } from 'iron-session';
import { LRUCache } from 'lru-cache';

/** How the cookie that carries a session's id is made and read. */
export interface SessionCookieOptions {
  /** Passwords by number; two at once let a secret rotate. */
  readonly keys: CookieKeys;
  /** Whether browsers reach us over HTTPS: then the cookie is `Secure` and its name starts with `__Host-`. */
  readonly secure: boolean;
}

/** The passwords of the seals, of 32 characters or more, under the numbers that stand in the seals. */
export interface CookieKeys {
  /** All that open. */
  cookiePasswords(): Record<number, string>;
  /** The one that seals. */
  cookieSealPassword(): Record<number, string>;
}

/** Reads and writes the session cookie. The cookie is worth nothing without the session's row. */
export interface SessionCookie {
  /** The cookie's name: `amanda_session`, over HTTPS `__Host-amanda_session`. */
  readonly name: string;
  /** The session ids that a `Cookie` header carries, in its order; empty when none of them was sealed by us. */
  read(header: string | undefined): Promise<readonly string[]>;
  /** Whether a `Cookie` header carries something by our name, be it ours or not. */
  isIn(header: string | undefined): boolean;
  /** The value of a `Set-Cookie` header that hands out a session. */
  write(sessionId: string, expiresAt: Date): Promise<string>;
  /** The value of a `Set-Cookie` header that takes the cookie away. */
  clear(): string;
}

/** A seal of one id has about 300 characters; nothing longer is worth the work of opening it. */
const LONGEST_SEAL = 1024;
/** Browsers send two cookies of one name when their paths differ. More than a few is an attack on the seal's cost. */
const MOST_COOKIES = 3;
/** Opening a seal costs about a millisecond of PBKDF2; its answer never changes while the passwords stay. */
const REMEMBERED_SEALS = 10_000;

/** Makes the reader and writer of the session cookie. */
export function createSessionCookie(options: SessionCookieOptions): SessionCookie {
  const name = options.secure ? '__Host-amanda_session' : 'amanda_session';
  const attributes = `Path=/; HttpOnly; SameSite=Lax${options.secure ? '; Secure' : ''}`;
  const openWith = options.keys.cookiePasswords();
  const sealWith = options.keys.cookieSealPassword();
  const opened = new LRUCache<string, { id: string; until: number }>({ max: REMEMBERED_SEALS });

  const open = async (seal: string): Promise<string | null> => {
    const known = opened.get(seal);
    if (known !== undefined && known.until > Date.now()) return known.id;
    const content: unknown = await unsealData(seal, { password: openWith });
    if (typeof content !== 'object' || content === null) return null;
    if (!('name' in content) || content.name !== name) return null;
    if (!('id' in content) || typeof content.id !== 'string') return null;
    if (!('until' in content) || typeof content.until !== 'number') return null;
    if (content.until <= Date.now()) return null;
    opened.set(seal, { id: content.id, until: content.until });
    return content.id;
  };

  return {
    name,
    async read(header) {
      const ids: string[] = [];
      for (const seal of cookieValues(header, name).slice(0, MOST_COOKIES)) {
        const id = seal.length <= LONGEST_SEAL ? await open(seal) : null;
        if (id !== null) ids.push(id);
      }
      return ids;
    },
    isIn: (header) => cookieValues(header, name).some((value) => value !== ''),
    async write(sessionId, expiresAt) {
      const seconds = Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
      const content = { id: sessionId, name, until: expiresAt.getTime() };
      const seal = await sealData(content, { password: sealWith, ttl: seconds });
      return `${name}=${seal}; Max-Age=${seconds}; ${attributes}`;
    },
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  };
}

/** Every value of one name in a `Cookie` header (RFC 6265, section 4.2); a cookie library keeps only the first. */
export function cookieValues(header: string | undefined, name: string): string[] {
  if (header === undefined) return [];
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'));
}
