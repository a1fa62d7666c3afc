import type { MessagePage, MessageVersion } from './message.ts';

/** Reading what was said. All methods throw NOT_FOUND or FOREIGN_OBJECT for a chat or message that is not the user's. */
export interface Messages {
  /**
   * A page of the chat's path. `backward` pages walk from the newest message to the oldest, `forward` pages the other
   * way; the items of a page are oldest first in both.
   * @param options.cursor a message id: only older (`backward`) or newer (`forward`) messages are given
   */
  list(
    userId: number,
    chatId: number,
    options: { cursor?: number | undefined; limit: number; direction: 'backward' | 'forward' },
  ): Promise<MessagePage>;
  /** Every version of a message, oldest first. */
  versions(userId: number, messageId: number): Promise<readonly MessageVersion[]>;
}
