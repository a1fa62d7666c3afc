import type { MessagePage, VersionCursor, VersionPage } from '@amanda/contract';

/** How much text a page holds, in UTF-8 bytes. A single message is whole, so that one may be larger. */
export const pageBytes = 1_048_576;

/** Reading what was said. All methods throw NOT_FOUND or FOREIGN_OBJECT for a chat or message that is not the user's. */
export interface Messages {
  /**
   * A page of the chat's path. `backward` pages walk from the newest message to the oldest, `forward` pages the other
   * way; the items of a page are oldest first in both. A page ends early where its text would pass 1 MiB: only
   * `nextCursor` says whether more follows.
   * @param options.cursor a message id: only older (`backward`) or newer (`forward`) messages are given
   */
  list(
    userId: number,
    chatId: number,
    options: { cursor?: number | undefined; limit: number; direction: 'backward' | 'forward' },
  ): Promise<MessagePage>;
  /**
   * A page of the versions of a message, oldest first, bounded as the pages of `list` are. A version with more after it
   * than fits comes again on the next page, with what followed then.
   * @param options.limit of messages, those that follow a version included
   */
  versions(
    userId: number,
    messageId: number,
    options: { cursor?: VersionCursor | undefined; limit: number },
  ): Promise<VersionPage>;
}
