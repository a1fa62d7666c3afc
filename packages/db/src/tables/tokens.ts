import type { Token, User } from '@amanda/contract';
import type { Queries } from '../database.ts';
import { columnId } from '../ids.ts';
import { toUser, userColumns } from './user.ts';

/** A bearer token with its owner. */
export interface OwnedToken {
  readonly id: number;
  readonly user: User;
  readonly isDisabled: boolean;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
}

/** The bearer tokens, by the SHA-256 of the secret, in hex. */
export interface TokenRows {
  find(tokenHash: string): Promise<OwnedToken | null>;
  /** Notes the time of last use, if the token is still there. */
  touch(tokenHash: string, at: Date): Promise<void>;
  /** The user's tokens, newest first. */
  list(userId: number): Promise<readonly Token[]>;
  /** Whose a token is, and its hash. */
  ownerOf(tokenId: number): Promise<{ userId: number; tokenHash: string } | null>;
  count(userId: number): Promise<number>;
  remove(tokenId: number): Promise<void>;
  removeAll(userId: number): Promise<void>;
}

/** Makes the bearer tokens over Prisma. */
export function tokenRows({ apiToken: tokens }: Queries): TokenRows {
  return {
    async find(tokenHash) {
      const row = await tokens.findUnique({
        where: { tokenHash },
        include: { user: { select: { ...userColumns, disabledAt: true } } },
      });
      if (row === null) return null;
      const { id, user, lastUsedAt, expiresAt } = row;
      return { id, user: toUser(user), isDisabled: user.disabledAt !== null, lastUsedAt, expiresAt };
    },
    async touch(tokenHash, lastUsedAt) {
      await tokens.updateMany({ where: { tokenHash }, data: { lastUsedAt } });
    },
    async list(userId) {
      return await tokens.findMany({
        where: { userId },
        select: { id: true, name: true, createdAt: true, lastUsedAt: true, expiresAt: true },
        orderBy: { id: 'desc' },
      });
    },
    async ownerOf(tokenId) {
      return await tokens.findUnique({
        where: { id: columnId(tokenId) },
        select: { userId: true, tokenHash: true },
      });
    },
    async count(userId) {
      return await tokens.count({ where: { userId } });
    },
    async remove(tokenId) {
      await tokens.deleteMany({ where: { id: columnId(tokenId) } });
    },
    async removeAll(userId) {
      await tokens.deleteMany({ where: { userId } });
    },
  };
}
