import type { Session, User } from '@amanda/contract';
import type { Queries } from '../database.ts';
import { toUser, userColumns } from './user.ts';

/** When sessions have expired: those whose end is not after `now`, and those last used at `idleSince` or earlier. */
export interface SessionExpiry {
  readonly now: Date;
  readonly idleSince: Date;
}

/** A session with its owner. */
export interface OwnedSession {
  readonly user: User;
  readonly isDisabled: boolean;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

/** The sessions, by their secret ids. */
export interface SessionRows {
  find(id: string): Promise<OwnedSession | null>;
  /** Notes the time of last use, if the session is still there. */
  touch(id: string, at: Date): Promise<void>;
  /** The user's sessions that have not expired, last used first; `id` is the secret one. */
  list(userId: number, expiry: SessionExpiry): Promise<readonly Omit<Session, 'current'>[]>;
  idsOf(userId: number): Promise<readonly string[]>;
  count(userId: number): Promise<number>;
  /** Removes a session if it has expired. */
  removeExpired(id: string, expiry: SessionExpiry): Promise<void>;
  /** Removes expired sessions, at most so many. @returns how many */
  sweep(expiry: SessionExpiry, limit: number): Promise<number>;
}

const expired = ({ now, idleSince }: SessionExpiry) => ({
  OR: [{ expiresAt: { lte: now } }, { lastUsedAt: { lte: idleSince } }],
});

/** Makes the sessions over Prisma. */
export function sessionRows({ session: sessions }: Queries): SessionRows {
  return {
    async find(id) {
      const row = await sessions.findUnique({
        where: { id },
        select: {
          lastUsedAt: true,
          expiresAt: true,
          user: { select: { ...userColumns, disabledAt: true } },
        },
      });
      if (row === null) return null;
      const { user, lastUsedAt, expiresAt } = row;
      return { user: toUser(user), isDisabled: user.disabledAt !== null, lastUsedAt, expiresAt };
    },
    async touch(id, lastUsedAt) {
      await sessions.updateMany({ where: { id }, data: { lastUsedAt } });
    },
    async list(userId, expiry) {
      return await sessions.findMany({
        where: { userId, NOT: expired(expiry) },
        orderBy: [{ lastUsedAt: 'desc' }, { id: 'asc' }],
        omit: { userId: true },
      });
    },
    async idsOf(userId) {
      const rows = await sessions.findMany({ where: { userId }, select: { id: true } });
      return rows.map(({ id }) => id);
    },
    async count(userId) {
      return await sessions.count({ where: { userId } });
    },
    async removeExpired(id, expiry) {
      await sessions.deleteMany({ where: { id, ...expired(expiry) } });
    },
    async sweep(expiry, limit) {
      return (await sessions.deleteMany({ where: expired(expiry), limit })).count;
    },
  };
}
