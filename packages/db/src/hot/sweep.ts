import { sweepFeed } from './feed.ts';
import { all, exactlyOne, int, type Script } from './script.ts';
import { unindexChat } from './search.ts';

/** Ages after which things are forgotten, as times. */
export interface SweepLimits {
  readonly chatsDeletedBefore: Date;
  readonly clientKeysBefore: Date;
  readonly feedBefore: Date;
  /** At most this many rows of each kind at once, so that no transaction is long. */
  readonly limit: number;
}

/**
 * Removes a bounded number of rows that nobody can reach any more.
 * @returns how many; call again while it is not 0
 */
export function* sweep(limits: SweepLimits): Script<number> {
  const chats = yield* all(
    'SELECT id FROM chats WHERE deleted_at < ? ORDER BY deleted_at LIMIT ?',
    limits.chatsDeletedBefore,
    Math.max(1, Math.floor(limits.limit / 100)),
  );
  for (const chat of chats) {
    yield* unindexChat(int(chat, 'id'));
    yield* all('DELETE FROM chats WHERE id = ?', int(chat, 'id'));
  }
  const keys = yield* exactlyOne(
    'SELECT count(*) AS n FROM client_keys WHERE created_at < ?',
    limits.clientKeysBefore,
  );
  yield* all(
    `DELETE FROM client_keys WHERE (user_id, client_id) IN
       (SELECT user_id, client_id FROM client_keys WHERE created_at < ? ORDER BY created_at LIMIT ?)`,
    limits.clientKeysBefore,
    limits.limit,
  );
  const events = yield* sweepFeed(limits.feedBefore, limits.limit);
  return chats.length + Math.min(int(keys, 'n'), limits.limit) + events;
}

/** Removes an account with everything of it. Its runs must have been ended. */
export function* deleteUser(userId: number): Script<void> {
  const chats = yield* all('SELECT id FROM chats WHERE user_id = ?', userId);
  for (const chat of chats) yield* unindexChat(int(chat, 'id'));
  yield* all('DELETE FROM users WHERE id = ?', userId);
}
