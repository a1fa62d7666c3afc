import type { FeedChange } from '@amanda/contract';
import { all, first, int, str, type Transaction } from './transaction.ts';

/** An entry of a user's change feed as it is stored. */
export interface StoredFeedEntry {
  readonly seq: number;
  readonly change: FeedChange;
}

/**
 * Numbers and stores entries of the change feed. It must be the last step of a transaction: taking the number locks
 * the user's row, so that a user's entries become visible in the order of their numbers on both databases.
 */
export function* appendFeed(userId: number, changes: readonly FeedChange[], at: Date): Transaction<void> {
  if (changes.length === 0) return;
  const user = yield* first(
    'UPDATE users SET feed_seq = feed_seq + ? WHERE id = ? RETURNING feed_seq',
    changes.length,
    userId,
  );
  if (user === undefined) return; // the account is gone, and nobody watches its feed
  let seq = int(user, 'feed_seq') - changes.length;
  for (const { type, ...payload } of changes) {
    seq += 1;
    yield* all(
      'INSERT INTO feed_events (user_id, seq, type, payload, created_at) VALUES (?, ?, ?, ?, ?)',
      userId,
      seq,
      type,
      JSON.stringify(payload),
      at,
    );
  }
}

/** A stretch of a user's feed. */
export interface FeedPage {
  readonly epoch: string;
  /** The number of the newest entry. */
  readonly newest: number;
  /** The number of the oldest entry that is still kept; `newest + 1` when none is. */
  readonly oldest: number;
  readonly entries: readonly StoredFeedEntry[];
}

/** Reads what came after a number, oldest first; undefined when the user is gone. */
export function* readFeed(userId: number, after: number, limit: number): Transaction<FeedPage | undefined> {
  const user = yield* first(
    `SELECT u.feed_seq, (SELECT value FROM settings WHERE key = 'feed_epoch') AS epoch,
            (SELECT min(seq) FROM feed_events WHERE user_id = u.id) AS oldest
       FROM users u WHERE u.id = ?`,
    userId,
  );
  if (user === undefined) return undefined;
  const rows = yield* all(
    'SELECT seq, type, payload FROM feed_events WHERE user_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    userId,
    after,
    limit,
  );
  const newest = int(user, 'feed_seq');
  return {
    epoch: str(user, 'epoch'),
    newest,
    oldest: user['oldest'] === null ? newest + 1 : int(user, 'oldest'),
    entries: rows.map((row) => ({
      seq: int(row, 'seq'),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by appendFeed and by nobody else
      change: { type: str(row, 'type'), ...JSON.parse(str(row, 'payload')) } as FeedChange,
    })),
  };
}

/** Forgets entries that are older than the given time. */
export function* sweepFeed(before: Date, limit: number): Transaction<number> {
  const removed = yield* all(
    `DELETE FROM feed_events WHERE (user_id, seq) IN
       (SELECT user_id, seq FROM feed_events WHERE created_at < ? ORDER BY created_at LIMIT ?) RETURNING seq`,
    before,
    limit,
  );
  return removed.length;
}
