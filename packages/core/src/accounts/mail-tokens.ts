import { randomBytes } from 'node:crypto';
import type { Database, MailTokenKey, MailTokenOwner } from '@amanda/db';
import type { Clock } from '../clock/clock.ts';
import { sha256Hex } from '../keys/keys.ts';

const hour = 60 * 60 * 1000;

type TokenPurpose = MailTokenKey['purpose'];

const lifeMs: Record<TokenPurpose, number> = { verify: 48 * hour, reset: hour };

/** Single-use tokens that travel by mail. Only their SHA-256 is stored. */
export interface MailTokens {
  /** Makes a token. @returns the token itself, which is not stored */
  create(purpose: TokenPurpose, owner: MailTokenOwner): Promise<string>;
  /** Whom an unused, unexpired token belongs to; null otherwise. */
  read(purpose: TokenPurpose, token: string): Promise<MailTokenOwner | null>;
  /** Uses a token up. Of several callers at once exactly one is given the owner, the others null. */
  use(purpose: TokenPurpose, token: string): Promise<MailTokenOwner | null>;
  /** Removes tokens that have expired. @returns how many */
  sweep(limit: number): Promise<number>;
}

/** Makes the tokens over the database. */
export function createMailTokens({ db, clock }: { db: Database; clock: Clock }): MailTokens {
  const now = (): Date => new Date(clock.now());
  const keyOf = (purpose: TokenPurpose, token: string) => ({ tokenHash: sha256Hex(token), purpose });
  const read = async (purpose: TokenPurpose, token: string): Promise<MailTokenOwner | null> =>
    await db.mailTokens.ownerOf(keyOf(purpose, token), now());

  return {
    async create(purpose, { userId, email }) {
      const token = randomBytes(32).toString('base64url');
      const createdAt = now();
      const expiresAt = new Date(createdAt.getTime() + lifeMs[purpose]);
      await db.mailTokens.create({ ...keyOf(purpose, token), userId, email, createdAt, expiresAt });
      return token;
    },
    read,
    async use(purpose, token) {
      const owner = await read(purpose, token);
      return owner !== null && (await db.mailTokens.use(keyOf(purpose, token), now())) ? owner : null;
    },
    sweep: (limit) => db.mailTokens.sweep(now(), limit),
  };
}
