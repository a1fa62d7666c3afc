import type { Chat, ChatCursor, ChatPage, SearchPage } from '@amanda/contract';

/**
 * The user's chats. Methods that take an id throw NOT_FOUND or FOREIGN_OBJECT when the chat is not the user's: as the
 * database's `Refused`, of which `domainErrorOf` makes the error of the table.
 */
export interface Chats {
  list(userId: number, options: { cursor?: ChatCursor | undefined; limit: number }): Promise<ChatPage>;
  /**
   * @param options.clientId a UUID: again with the same one gives the same chat
   * @throws TOO_MANY_CHATS
   */
  create(userId: number, options?: { clientId?: string | undefined }): Promise<Chat>;
  get(userId: number, chatId: number): Promise<Chat>;
  /** @param title 1 to 100 code points after trimming */
  rename(userId: number, chatId: number, title: string): Promise<Chat>;
  /** Ends the chat's run and hides the chat. It can be restored for 30 s; a sweep removes it later. */
  delete(userId: number, chatId: number): Promise<void>;
  restore(userId: number, chatId: number): Promise<Chat>;
  /** Marks everything up to the message as seen; never moves back. */
  markRead(userId: number, chatId: number, messageId: number): Promise<Chat>;
  /**
   * Full-text search over titles and final texts: titles first, and of each kind the newest first. The last word counts as
   * the beginning of words, from three letters on. A page ends early where the found texts are long, and nothing comes
   * after a thousand hits: only `nextCursor` says whether more follows.
   * @throws INVALID_INPUT (`query`: `short`) for a single letter, unless it is of a script where that may be a word
   */
  search(
    userId: number,
    options: { query: string; cursor?: number | undefined; limit: number },
  ): Promise<SearchPage>;
}
