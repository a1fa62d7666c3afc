import type { Queries } from '../database.ts';

/** Whom a mailed token was made for. */
export interface MailTokenOwner {
  readonly userId: number;
  /** The address that the token was mailed to. */
  readonly email: string;
}

/** A mailed token, by the SHA-256 of its text, in hex. */
export interface MailTokenKey {
  readonly tokenHash: string;
  readonly purpose: 'verify' | 'reset';
}

/** The single-use tokens that travel by mail. A token is usable while it is unused and has not expired. */
export interface MailTokenRows {
  create(token: MailTokenKey & MailTokenOwner & { createdAt: Date; expiresAt: Date }): Promise<void>;
  /** Whom a usable token belongs to. */
  ownerOf(token: MailTokenKey, now: Date): Promise<MailTokenOwner | null>;
  /** Uses a usable token up. @returns false when it was none; of several callers at once one is told true */
  use(token: MailTokenKey, now: Date): Promise<boolean>;
  /** Removes tokens that have expired, at most so many. @returns how many */
  sweep(now: Date, limit: number): Promise<number>;
}

const usable = ({ tokenHash, purpose }: MailTokenKey, now: Date) => ({
  tokenHash,
  purpose,
  usedAt: null,
  expiresAt: { gt: now },
});

/** Makes the mailed tokens over Prisma. */
export function mailTokenRows({ mailToken: tokens }: Queries): MailTokenRows {
  return {
    async create(token) {
      await tokens.create({ data: token });
    },
    async ownerOf(token, now) {
      return await tokens.findFirst({
        where: usable(token, now),
        select: { userId: true, email: true },
      });
    },
    async use(token, now) {
      const { count } = await tokens.updateMany({ where: usable(token, now), data: { usedAt: now } });
      return count === 1;
    },
    async sweep(now, limit) {
      return (await tokens.deleteMany({ where: { expiresAt: { lte: now } }, limit })).count;
    },
  };
}
