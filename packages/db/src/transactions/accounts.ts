import type { FeedChange } from '@amanda/contract';
import { appendFeed } from './feed.ts';
import { all, exactlyOne, first, int, type Row, str, type Transaction } from './transaction.ts';

// Sessions and passwords belong together: whoever changes a password ends sessions in the same transaction, so that no
// crash in between leaves a thief logged in.

/** A session that a transaction removed. */
export interface RemovedSession {
  /** The secret id. */
  readonly id: string;
  readonly userId: number;
}

/** Names a session in the change feed; the id itself opens the account. */
export type NameSession = (sessionId: string) => string;

/** A session to store. */
export interface NewSessionRow {
  readonly id: string;
  readonly userId: number;
  /** The hash that the password was checked against: with another one the session is not stored. */
  readonly passwordHash: string;
  readonly address: string;
  readonly userAgent: string;
  readonly at: Date;
  readonly expiresAt: Date;
  /** The session that the same browser had before; it ends in the same transaction. */
  readonly replaces: string | undefined;
  /** How many sessions a user may have; those that were used longest ago end. */
  readonly most: number;
}

/**
 * Stores a session for somebody who proved to know the password behind a hash.
 * @returns undefined when the account is gone, disabled, or has another password by now; else the replaced session
 */
export function* createSession(
  session: NewSessionRow,
  name: NameSession,
): Transaction<{ replaced: readonly RemovedSession[]; crowdedOut: readonly RemovedSession[] } | undefined> {
  const user = yield* first(
    'SELECT id FROM users WHERE id = ? AND password_hash = ? AND disabled_at IS NULL',
    session.userId,
    session.passwordHash,
  );
  if (user === undefined) return undefined;
  yield* all(
    `INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, user_agent, address)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    session.id,
    session.userId,
    session.at,
    session.at,
    session.expiresAt,
    session.userAgent,
    session.address,
  );
  const replaced =
    session.replaces === undefined ? [] : yield* endSession(session.replaces, name, session.at);
  const crowd = yield* all(
    `DELETE FROM sessions WHERE user_id = ? AND id <> ? AND id NOT IN
       (SELECT id FROM sessions WHERE user_id = ? AND id <> ? ORDER BY last_used_at DESC, id LIMIT ?)
      RETURNING id, user_id`,
    session.userId,
    session.id,
    session.userId,
    session.id,
    session.most - 1,
  );
  return { replaced, crowdedOut: yield* tellOf(crowd, name, session.at) };
}

/** Removes a session, if it is still there. */
export function* endSession(id: string, name: NameSession, at: Date): Transaction<readonly RemovedSession[]> {
  const rows = yield* all('DELETE FROM sessions WHERE id = ? RETURNING id, user_id', id);
  return yield* tellOf(rows, name, at);
}

/** Removes all sessions of a user, or all but one. */
export function* endSessions(
  userId: number,
  except: string | undefined,
  name: NameSession,
  at: Date,
): Transaction<readonly RemovedSession[]> {
  const rows = yield* all(
    'DELETE FROM sessions WHERE user_id = ? AND id <> ? RETURNING id, user_id',
    userId,
    except ?? '',
  );
  return yield* tellOf(rows, name, at);
}

/** A change of password by somebody who knows the old one. */
export interface PasswordChange {
  readonly userId: number;
  /** The hash that is to be replaced. */
  readonly from: string;
  readonly to: string;
  /** The session that goes on. */
  readonly except: string;
  /** Whether the bearer tokens stay. */
  readonly keepTokens: boolean;
  readonly at: Date;
}

/**
 * Sets a new password, ends all other sessions and, unless they are to be kept, all bearer tokens, and makes mailed links to choose a password worthless.
 * @returns undefined when the password is not the old one any more
 */
export function* changePassword(
  change: PasswordChange,
  name: NameSession,
): Transaction<{ sessions: readonly RemovedSession[]; tokenHashes: readonly string[] } | undefined> {
  const user = yield* first(
    'UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ? RETURNING id',
    change.to,
    change.userId,
    change.from,
  );
  if (user === undefined) return undefined;
  yield* useUpResets(change.userId, change.at);
  const tokenHashes = change.keepTokens ? [] : yield* endTokens(change.userId);
  const sessions = yield* endSessions(change.userId, change.except, name, change.at);
  return { sessions, tokenHashes };
}

/** A new password by mail. */
export interface PasswordReset {
  /** SHA-256 of the mailed token, in hex. */
  readonly tokenHash: string;
  readonly passwordHash: string;
  readonly at: Date;
}

/**
 * Uses a mailed token up and sets a new password. All sessions and bearer tokens of the account go, other such links
 * are worth nothing any more, and the address is confirmed: whoever reads its mail owns it.
 * @returns undefined when the token is unknown, used or expired; of several at once only one is taken
 */
export function* resetPassword(
  reset: PasswordReset,
  name: NameSession,
): Transaction<
  | { userId: number; email: string; sessions: readonly RemovedSession[]; tokenHashes: readonly string[] }
  | undefined
> {
  const { at } = reset;
  const token = yield* first(
    `UPDATE mail_tokens SET used_at = ?
      WHERE token_hash = ? AND purpose = 'reset' AND used_at IS NULL AND expires_at > ? RETURNING user_id, email`,
    at,
    reset.tokenHash,
    at,
  );
  if (token === undefined) return undefined;
  const [userId, email] = [int(token, 'user_id'), str(token, 'email')];
  yield* all('UPDATE users SET password_hash = ? WHERE id = ?', reset.passwordHash, userId);
  yield* all(
    'UPDATE users SET email_verified_at = ? WHERE id = ? AND email = ? AND email_verified_at IS NULL',
    at,
    userId,
    email,
  );
  yield* useUpResets(userId, at);
  const tokenHashes = yield* endTokens(userId);
  const sessions = yield* endSessions(userId, undefined, name, at);
  return { userId, email, sessions, tokenHashes };
}

/** A bearer token to store. */
export interface NewTokenRow {
  readonly userId: number;
  readonly name: string;
  readonly tokenHash: string;
  readonly at: Date;
  readonly expiresAt: Date | null;
  /** How many a user may have. */
  readonly most: number;
}

/** Stores a bearer token. @returns its id; undefined when the user has as many as may be */
export function* createToken(token: NewTokenRow): Transaction<number | undefined> {
  const count = yield* exactlyOne('SELECT count(*) AS n FROM api_tokens WHERE user_id = ?', token.userId);
  if (int(count, 'n') >= token.most) return undefined;
  const row = yield* exactlyOne(
    'INSERT INTO api_tokens (user_id, name, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?) RETURNING id',
    token.userId,
    token.name,
    token.tokenHash,
    token.at,
    token.expiresAt,
  );
  return int(row, 'id');
}

/** The addresses at which the sessions of an account were opened, each once. */
export function* sessionAddresses(email: string): Transaction<readonly string[]> {
  const rows = yield* all(
    'SELECT DISTINCT s.address FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = ?',
    email,
  );
  return rows.map((row) => str(row, 'address'));
}

/** How the stored password hashes begin, each once: method and rounds, and a little of the salt. */
export function* passwordForms(): Transaction<readonly string[]> {
  const rows = yield* all('SELECT DISTINCT substr(password_hash, 1, 25) AS form FROM users');
  return rows.map((row) => str(row, 'form'));
}

/** Which of these sessions are still there. The ids travel as one JSON value, so that the statement is always the same. */
export function* liveSessionIds(ids: readonly string[]): Transaction<readonly string[]> {
  const rows = yield* all(
    'SELECT s.id FROM sessions s WHERE s.id IN (SELECT value FROM json_each(?))',
    JSON.stringify(ids),
  );
  return rows.map((row) => str(row, 'id'));
}

/** Which of these bearer tokens are still good, by their hashes; those of a disabled account are not. */
export function* liveTokenHashes(hashes: readonly string[]): Transaction<readonly string[]> {
  const rows = yield* all(
    `SELECT t.token_hash FROM api_tokens t JOIN users u ON u.id = t.user_id
      WHERE u.disabled_at IS NULL AND t.token_hash IN (SELECT value FROM json_each(?))`,
    JSON.stringify(hashes),
  );
  return rows.map((row) => str(row, 'token_hash'));
}

function* endTokens(userId: number): Transaction<readonly string[]> {
  const rows = yield* all('DELETE FROM api_tokens WHERE user_id = ? RETURNING token_hash', userId);
  return rows.map((row) => str(row, 'token_hash'));
}

function* useUpResets(userId: number, at: Date): Transaction<void> {
  yield* all(
    "UPDATE mail_tokens SET used_at = ? WHERE user_id = ? AND purpose = 'reset' AND used_at IS NULL",
    at,
    userId,
  );
}

/** The feed says which sessions ended; its entries are the last step of the transaction. */
function* tellOf(rows: readonly Row[], name: NameSession, at: Date): Transaction<readonly RemovedSession[]> {
  const removed = rows.map((row) => ({ id: str(row, 'id'), userId: int(row, 'user_id') }));
  const byUser = Map.groupBy(removed, ({ userId }) => userId);
  for (const [userId, sessions] of byUser) {
    const entries = sessions.map(({ id }): FeedChange => ({ type: 'session.ended', sessionId: name(id) }));
    yield* appendFeed(userId, entries, at);
  }
  return removed;
}
