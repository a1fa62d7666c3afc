import type { Transactions } from '@amanda/db';
import { type Messages, pageBytes } from './messages.ts';
import { toMessage } from './to-message.ts';

/** Makes the reading side of messages. */
export function createMessages(transactions: Transactions): Messages {
  return {
    async list(userId, chatId, options) {
      const { items, more } = await transactions.listMessages(userId, chatId, {
        cursor: options.cursor,
        limit: options.limit,
        bytes: pageBytes,
        direction: options.direction,
      });
      const last = options.direction === 'backward' ? items.at(0) : items.at(-1);
      return { items: items.map(toMessage), nextCursor: more && last !== undefined ? last.id : null };
    },
    async versions(userId, messageId, { cursor, limit }) {
      const { items, next } = await transactions.listVersions(userId, messageId, {
        cursor,
        limit,
        bytes: pageBytes,
      });
      const versions = items.map(({ message, followedBy }) => ({
        message: toMessage(message),
        followedBy: followedBy.map(toMessage),
      }));
      return { items: versions, nextCursor: next };
    },
  };
}
