/** A password hash taken apart. */
export interface StoredHash {
  readonly rounds: number;
  /** Used as its own UTF-8 text, not decoded. */
  readonly salt: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** `pbkdf2:sha256:ROUNDS$SALT$HEX`; the salt holds no `$`. */
const form = /^pbkdf2:sha256:([1-9][0-9]{0,9})\$([^$]{1,256})\$([0-9a-f]{64})$/u;

/**
 * Reads a hash in the text form of Werkzeug's `generate_password_hash`. The form without a count
 * (`pbkdf2:sha256$…`) is refused: its count depends on the version of Werkzeug that reads it.
 * @param maxRounds a higher count is refused, since computing it would be an attack
 * @returns null for anything that must not be computed
 */
export function parseHash(text: string, maxRounds: number): StoredHash | null {
  const match = form.exec(text);
  const [, rounds, salt, key] = match ?? [];
  if (rounds === undefined || salt === undefined || key === undefined) return null;
  if (Number(rounds) > maxRounds || !salt.isWellFormed()) return null;
  return { rounds: Number(rounds), salt, key: Buffer.from(key, 'hex') };
}

/** The largest count among the beginnings of hashes that is not above `maxRounds`; 0 for none. */
export function largestRounds(beginnings: readonly string[], maxRounds: number): number {
  const counts = beginnings.map((text) => Number(/^pbkdf2:sha256:([1-9][0-9]{0,9})\$/u.exec(text)?.[1] ?? 0));
  return counts.reduce((largest, count) => (count > maxRounds ? largest : Math.max(largest, count)), 0);
}

/** Writes a hash in Werkzeug's text form, so that hashes move both ways. */
export function formatHash({ rounds, salt, key }: StoredHash): string {
  return `pbkdf2:sha256:${rounds}$${salt}$${key.toString('hex')}`;
}
