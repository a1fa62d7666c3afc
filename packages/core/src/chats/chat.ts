/** A chat as its owner sees it. */
export interface Chat {
  readonly id: number;
  readonly title: string;
  readonly createdAt: Date;
  /** Equals `createdAt` while the chat is empty. */
  readonly lastMessageAt: Date;
  /** Whether there is a message that the user has not seen (`markRead`). */
  readonly unread: boolean;
  /** The answer that is being written now. */
  readonly activeMessageId: number | null;
}

/** A place in the list of chats: the last chat of the page before. */
export interface ChatCursor {
  readonly lastMessageAt: Date;
  readonly id: number;
}

/** One page of the list, newest activity first. */
export interface ChatPage {
  readonly items: readonly Chat[];
  readonly nextCursor: ChatCursor | null;
}

/** A chat or message that a search found. */
export interface SearchHit {
  readonly chat: Chat;
  /** The message that matched, null when the title did. */
  readonly messageId: number | null;
  /** The text around the match, of 400 code points at most; `marks` are [start, end) in UTF-16 code units. */
  readonly snippet: string;
  readonly marks: readonly (readonly [number, number])[];
}

/** One page of hits: titles first, then messages, the newest first. */
export interface SearchPage {
  readonly items: readonly SearchHit[];
  readonly nextCursor: number | null;
}
