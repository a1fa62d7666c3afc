import { createHash, hkdfSync } from 'node:crypto';

/** Everything secret that the process needs, derived from the operator's SECRET_KEY. */
export interface Keys {
  /**
   * All passwords that open cookie seals (iron-session's `password`), 64 characters each. The ids belong to the
   * secrets, not to their order, so a seal still opens after a rotation has moved or dropped other secrets.
   */
  cookiePasswords(): Record<number, string>;
  /** The one password to seal cookies with, under its id: that of the first secret. */
  cookieSealPassword(): Record<number, string>;
  /** 32 bytes for a purpose, from the first secret. Different labels give unrelated keys. */
  derive(label: string): Buffer;
}

/**
 * Derives all keys with HKDF-SHA256 (RFC 5869), so that a secret of any length serves.
 * @param secrets the first seals, all unseal: to rotate, put the new one in front and drop the old one later
 * @throws RangeError without a secret, or when one is empty
 */
export function createKeys(secrets: readonly string[]): Keys {
  const [first] = secrets;
  if (first === undefined || secrets.includes(''))
    throw new RangeError('at least one secret is needed, none empty');
  const seal = (secret: string) => [cookieKeyId(secret), derive(secret, 'cookie').toString('hex')] as const;
  return {
    cookiePasswords: () => Object.fromEntries(secrets.map(seal)),
    cookieSealPassword: () => Object.fromEntries([seal(first)]),
    derive: (label) => derive(first, label),
  };
}

function derive(secret: string, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'amanda', `amanda/${label}/v1`, 32));
}

/** A number from 1 to 2^31 - 1 that stays with the secret and tells nothing of it. */
function cookieKeyId(secret: string): number {
  return (derive(secret, 'cookie-id').readUInt32BE(0) % (2 ** 31 - 1)) + 1;
}

/** SHA-256 as lower-case hex, the form in which tokens are stored. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
