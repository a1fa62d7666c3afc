import { randomBytes } from 'node:crypto';
import type { Database } from '@amanda/db';
import type { Clock } from '../clock/clock.ts';
import { sha256Hex } from '../keys/keys.ts';

const hour = 60 * 60 * 1000;

/** What a mailed token is good for. */
export type TokenPurpose = 'verify' | 'reset';

const lifeMs: Record<TokenPurpose, number> = { verify: 48 * hour, reset: hour };

/** Whom a token was made for. */
export interface TokenOwner {
  readonly userId: number;
  /** The address that the token was mailed to. */
  readonly email: string;
}

/** Single-use tokens that travel by mail. Only their SHA-256 is stored. */
export interface MailTokens {
  /** Makes a token. @returns the token itself, which is not stored */
  create(purpose: TokenPurpose, owner: TokenOwner): Promise<string>;
  /** Whom an unused, unexpired token belongs to; null otherwise. */
  read(purpose: TokenPurpose, token: string): Promise<TokenOwner | null>;
  /** Uses a token up. Of several callers at once exactly one is given the owner, the others null. */
  use(purpose: TokenPurpose, token: string): Promise<TokenOwner | null>;
  /** Removes tokens that have expired. @returns how many */
  sweep(limit: number): Promise<number>;
}

/** Makes the tokens over the database. */
export function createMailTokens({ db, clock }: { db: Database; clock: Clock }): MailTokens {
  const usable = (purpose: TokenPurpose, token: string) => ({
    tokenHash: sha256Hex(token),
    purpose,
    usedAt: null,
    expiresAt: { gt: new Date(clock.now()) },
  });
  const read = async (purpose: TokenPurpose, token: string): Promise<TokenOwner | null> =>
    await db.prisma.mailToken.findFirst({
      where: usable(purpose, token),
      select: { userId: true, email: true },
    });

  return {
    async create(purpose, { userId, email }) {
      const token = randomBytes(32).toString('base64url');
      const now = clock.now();
      await db.prisma.mailToken.create({
        data: {
          userId,
          email,
          purpose,
          tokenHash: sha256Hex(token),
          createdAt: new Date(now),
          expiresAt: new Date(now + lifeMs[purpose]),
        },
      });
      return token;
    },
    read,
    async use(purpose, token) {
      const owner = await read(purpose, token);
      if (owner === null) return null;
      const { count } = await db.prisma.mailToken.updateMany({
        where: usable(purpose, token),
        data: { usedAt: new Date(clock.now()) },
      });
      return count === 1 ? owner : null;
    },
    async sweep(limit) {
      const { count } = await db.prisma.mailToken.deleteMany({
        where: { expiresAt: { lte: new Date(clock.now()) } },
        limit,
      });
      return count;
    },
  };
}
