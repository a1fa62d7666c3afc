import { createHash, randomBytes } from 'node:crypto';
import type { Session, User } from '@amanda/contract';
import type { Database, RemovedSession } from '@amanda/db';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock/clock.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import type { Log } from '../log/log.ts';
import { createLiveRegistry } from './live-registry.ts';
import type { Agent, EndReason, LiveSession } from './live-session.ts';

const day = 24 * 60 * 60 * 1000;
const longestUserAgent = 500;
const mostPerUser = 100;

/** A session that was just made. The id belongs into a sealed cookie and nowhere else. */
export interface NewSession {
  /** 256 random bits. */
  readonly id: string;
  /** The absolute limit. */
  readonly expiresAt: Date;
}

/** A session that was ended on this node. */
export interface EndedSession {
  readonly userId: number;
  readonly publicId: string;
  readonly reason: EndReason;
}

/** The logged-in devices. */
export interface Sessions {
  /**
   * Makes a session for somebody who proved to know a password. In the same transaction ends the one that the browser
   * had before, for it cannot be reached any more, and the sessions above 100 that were used longest ago.
   * @param proof.passwordHash the hash that the password was checked against
   * @returns null when the account is gone, disabled, or has another hash by now
   */
  create(
    userId: number,
    agent: Agent,
    proof: { passwordHash: string; replaces?: string | undefined },
  ): Promise<NewSession | null>;
  /**
   * Opens a session for a request or a socket; release it afterwards. Null when it is unknown, ended or expired.
   * Costs no query while somebody holds it or when it was looked up less than a second ago.
   */
  open(sessionId: string): Promise<LiveSession | null>;
  /** Ends one session: at once on this node, within about a second on others. */
  end(sessionId: string, reason: EndReason): Promise<void>;
  /** Ends all sessions of a user, or all but one. */
  endAll(userId: number, options: { except?: string | undefined }, reason: EndReason): Promise<void>;
  /** The user's sessions, last used first. @param options.current the id of the session that asks */
  list(userId: number, options: { current: string }): Promise<readonly Session[]>;
  /** Ends a session by its public id. @throws NOT_FOUND when the user has no such session */
  revoke(userId: number, publicId: string): Promise<void>;
  /** Ends in memory what a transaction has removed from the database. */
  removed(sessions: readonly RemovedSession[], reason: EndReason): Promise<void>;
  /** Shows a changed account to its live sessions. */
  userChanged(user: User): void;
  /** Removes the rows of expired sessions. @returns how many */
  sweep(limit: number): Promise<number>;
  close(): Promise<void>;
}

/** Durations are in milliseconds. */
export interface SessionOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<Audit, 'record'>;
  /** A session not used for so long has expired; 14 days by default. */
  readonly idleMs?: number | undefined;
  /** The longest life of a session, however much it is used; 90 days by default. */
  readonly absoluteMs?: number | undefined;
  /** How often rows are looked at for endings by other processes; 1 s by default. */
  readonly pollMs?: number | undefined;
  /** Told of each session that was ended here, after its row is gone. */
  readonly onSessionEnded?: ((ended: EndedSession) => void) | undefined;
}

/** The name of a session in lists: a hash, since the id itself has 256 random bits and opens the account. */
export function publicSessionId(sessionId: string): string {
  return createHash('sha256')
    .update(`amanda session ${sessionId}`)
    .digest()
    .subarray(0, 16)
    .toString('base64url');
}

/** Makes the sessions; close them to stop their timer. */
export function createSessions(options: SessionOptions): Sessions {
  const { db, clock, log, audit, onSessionEnded } = options;
  const { transactions } = db;
  const idleMs = options.idleMs ?? 14 * day;
  const absoluteMs = options.absoluteMs ?? 90 * day;
  const expiry = () => ({ now: new Date(clock.now()), idleSince: new Date(clock.now() - idleMs) });

  const registry = createLiveRegistry({
    kind: 'session',
    clock,
    log,
    idleMs,
    pollMs: options.pollMs,
    store: {
      async find(id) {
        const row = await db.sessions.find(id);
        if (row === null) return null;
        return {
          id,
          publicId: publicSessionId(id),
          user: row.user,
          disabled: row.isDisabled,
          lastUsedAt: row.lastUsedAt.getTime(),
          expiresAt: row.expiresAt.getTime(),
        };
      },
      async existing(ids) {
        return new Set(await transactions.liveSessionIds(ids));
      },
      touch: (id, at) => db.sessions.touch(id, at),
      removeExpired: (id) => db.sessions.removeExpired(id, expiry()),
    },
  });

  const tell = (gone: readonly RemovedSession[], reason: EndReason): void => {
    for (const { id, userId } of gone) onSessionEnded?.({ userId, publicId: publicSessionId(id), reason });
  };

  const removed = async (gone: readonly RemovedSession[], reason: EndReason): Promise<void> => {
    const ids = new Set(gone.map(({ id }) => id));
    await registry.end(
      (key) => ids.has(key),
      reason,
      () => Promise.resolve(),
    );
    tell(gone, reason);
  };

  const end = async (id: string, reason: EndReason): Promise<void> => {
    let gone: readonly RemovedSession[] = [];
    await registry.end(
      (key) => key === id,
      reason,
      async () => {
        gone = await transactions.endSession(id, publicSessionId, new Date(clock.now()));
      },
    );
    tell(gone, reason);
    for (const { userId } of gone) {
      if (reason === 'logged_out' || reason === 'revoked') {
        const action = reason === 'revoked' ? 'session.revoked' : 'session.loggedOut';
        audit.record({ actorId: userId, action, subjectId: userId });
      }
    }
  };

  return {
    async create(userId, agent, { passwordHash, replaces }) {
      const now = clock.now();
      const id = randomBytes(32).toString('base64url');
      const expiresAt = new Date(now + absoluteMs);
      const stored = await transactions.createSession(
        {
          id,
          userId,
          passwordHash,
          at: new Date(now),
          expiresAt,
          address: agent.address,
          userAgent: agent.userAgent.toWellFormed().slice(0, longestUserAgent).toWellFormed(),
          replaces,
          most: mostPerUser,
        },
        publicSessionId,
      );
      if (stored === undefined) return null;
      if (stored.replaced.length > 0) await removed(stored.replaced, 'logged_out');
      if (stored.crowdedOut.length > 0) await removed(stored.crowdedOut, 'revoked');
      return { id, expiresAt };
    },
    open: (sessionId) => registry.open(sessionId),
    end,
    async endAll(userId, { except }, reason) {
      let gone: readonly RemovedSession[] = [];
      await registry.end(
        (key, owner) => owner === userId && key !== except,
        reason,
        async () => {
          gone = await transactions.endSessions(userId, except, publicSessionId, new Date(clock.now()));
        },
      );
      tell(gone, reason);
      if (reason === 'revoked' && gone.length > 0) {
        // Whoever keeps a session of their own ended the others; without one it was the operator.
        const actorId = except === undefined ? null : userId;
        const details = { sessions: gone.length };
        audit.record({ actorId, action: 'session.revoked', subjectId: userId, details });
      }
    },
    removed,
    async list(userId, { current }) {
      const rows = await db.sessions.list(userId, expiry());
      return rows.map(({ id, ...row }) => ({ ...row, id: publicSessionId(id), current: id === current }));
    },
    async revoke(userId, publicId) {
      const id = (await db.sessions.idsOf(userId)).find((one) => publicSessionId(one) === publicId);
      if (id === undefined) throw new AmandaError('NOT_FOUND');
      await end(id, 'revoked');
    },
    userChanged: (user) => registry.userChanged(user),
    sweep: (limit) => db.sessions.sweep(expiry(), limit),
    close: () => registry.close(),
  };
}
