import { sweepFeed } from './feed.ts';
import { nextBuriedUser, removeChatSlice, removeUserSlice } from './removal.ts';
import { all, first, int, type Transaction } from './transaction.ts';

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
export function* sweep(limits: SweepLimits): Transaction<number> {
  const user = yield* nextBuriedUser();
  if (user !== undefined) yield* removeUserSlice(user);
  const chat = yield* first(
    'SELECT id FROM chats WHERE deleted_at < ? ORDER BY deleted_at LIMIT 1',
    limits.chatsDeletedBefore,
  );
  const rows = chat === undefined ? 0 : (yield* removeChatSlice(int(chat, 'id'))).rows;
  const keys = yield* all(
    `DELETE FROM client_keys WHERE (user_id, client_id) IN
       (SELECT user_id, client_id FROM client_keys WHERE created_at < ? ORDER BY created_at LIMIT ?) RETURNING user_id`,
    limits.clientKeysBefore,
    limits.limit,
  );
  const events = yield* sweepFeed(limits.feedBefore, limits.limit);
  return (user === undefined ? 0 : 1) + rows + keys.length + events;
}
