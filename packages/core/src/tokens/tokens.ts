import { randomBytes } from 'node:crypto';
import type { Token, User } from '@amanda/contract';
import type { Database } from '@amanda/db';
import { checkName } from '../accounts/name.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock/clock.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { sha256Hex } from '../keys/keys.ts';
import type { Log } from '../log/log.ts';
import { createLiveRegistry } from '../sessions/live-registry.ts';
import type { EndReason, LiveSession } from '../sessions/live-session.ts';

/** A prefix by which people and secret scanners know the token for what it is, and 256 random bits. */
const tokenPrefix = 'amanda_';
const tokenForm = /^amanda_[A-Za-z0-9_-]{43}$/u;
const mostPerUser = 100;
const defaultLifeMs = 90 * 24 * 60 * 60 * 1000;

/** Whether a text was made here to be a bearer token, by its beginning; it need not be whole, or open anything. */
export const isOwnToken = (secret: string): boolean => secret.startsWith(tokenPrefix);

/** Bearer tokens for programs and mobile apps. Only their SHA-256 is stored. */
export interface Tokens {
  /**
   * Makes a token. `secret` is shown this once.
   * @param input.expiresAt 90 days from now by default; null for a token without an end
   * @throws INVALID_INPUT for a bad name, a time that has passed, or more than 100 tokens
   */
  create(
    userId: number,
    input: { name: string; expiresAt?: Date | null | undefined },
  ): Promise<{ token: Token; secret: string }>;
  /** Newest first. */
  list(userId: number): Promise<readonly Token[]>;
  /** Ends a token, with whatever uses it. @throws NOT_FOUND, FOREIGN_OBJECT */
  revoke(userId: number, tokenId: number): Promise<void>;
  /** Opens a token for a request or socket; release it afterwards. Null when unknown, revoked or expired. */
  open(secret: string): Promise<LiveSession | null>;
  /** Ends all tokens of a user. */
  endAll(userId: number, reason: EndReason): Promise<void>;
  /** Ends in memory what a transaction has removed from the database, by the hashes of the tokens. */
  removed(tokenHashes: readonly string[], reason: EndReason): Promise<void>;
  /** Ends what uses a user's tokens now; the tokens stay, for an account that may be enabled again. */
  endLive(userId: number, reason: EndReason): Promise<void>;
  /** Shows a changed account to those who hold its tokens. */
  userChanged(user: User): void;
  close(): Promise<void>;
}

/** Makes the tokens; close them to stop their timer. */
export function createTokens(options: {
  db: Database;
  clock: Clock;
  log: Log;
  audit: Pick<Audit, 'record'>;
  pollMs?: number | undefined;
}): Tokens {
  const { db, clock, log, audit } = options;
  const registry = createLiveRegistry({
    kind: 'token',
    clock,
    log,
    idleMs: null,
    pollMs: options.pollMs,
    store: {
      async find(tokenHash) {
        const row = await db.tokens.find(tokenHash);
        if (row === null) return null;
        return {
          id: `token:${row.id}`,
          publicId: `token:${row.id}`,
          user: row.user,
          disabled: row.isDisabled,
          lastUsedAt: row.lastUsedAt?.getTime() ?? 0,
          expiresAt: row.expiresAt?.getTime() ?? null,
        };
      },
      async existing(hashes) {
        return new Set(await db.transactions.liveTokenHashes(hashes));
      },
      touch: (tokenHash, at) => db.tokens.touch(tokenHash, at),
      // An expired token stays in the list, so that its owner sees why a program stopped.
      removeExpired: () => Promise.resolve(),
    },
  });

  return {
    async create(userId, input) {
      const name = checkName(input.name, 'name');
      const { expiresAt = new Date(clock.now() + defaultLifeMs) } = input;
      const refuse = (field: string, reason: string) =>
        new AmandaError('INVALID_INPUT', { details: { field, reason } });
      if (expiresAt !== null && !(expiresAt.getTime() > clock.now())) throw refuse('expiresAt', 'past');
      const secret = `${tokenPrefix}${randomBytes(32).toString('base64url')}`;
      const at = new Date(clock.now());
      const tokenHash = sha256Hex(secret);
      const id = await db.transactions.createToken({
        userId,
        name,
        tokenHash,
        at,
        expiresAt,
        most: mostPerUser,
      });
      if (id === undefined) throw refuse('name', 'many');
      audit.record({ actorId: userId, action: 'token.created', subjectId: userId, details: { tokenId: id } });
      return { token: { id, name, createdAt: at, lastUsedAt: null, expiresAt }, secret };
    },
    list: (userId) => db.tokens.list(userId),
    async revoke(userId, tokenId) {
      const row = await db.tokens.ownerOf(tokenId);
      if (row === null) throw new AmandaError('NOT_FOUND');
      if (row.userId !== userId) throw new AmandaError('FOREIGN_OBJECT');
      await registry.end(
        (key) => key === row.tokenHash,
        'revoked',
        () => db.tokens.remove(tokenId),
      );
      audit.record({ actorId: userId, action: 'token.revoked', subjectId: userId, details: { tokenId } });
    },
    async open(secret) {
      return tokenForm.test(secret) ? await registry.open(sha256Hex(secret)) : null;
    },
    async endAll(userId, reason) {
      await registry.end(
        (_key, owner) => owner === userId,
        reason,
        () => db.tokens.removeAll(userId),
      );
    },
    async removed(tokenHashes, reason) {
      const gone = new Set(tokenHashes);
      await registry.end(
        (key) => gone.has(key),
        reason,
        () => Promise.resolve(),
      );
    },
    async endLive(userId, reason) {
      await registry.end(
        (_key, owner) => owner === userId,
        reason,
        () => Promise.resolve(),
      );
    },
    userChanged: (user) => registry.userChanged(user),
    close: () => registry.close(),
  };
}
