/** Something that another tab or device must know. */
export type FeedChange =
  | {
      readonly type: 'chat.created' | 'chat.renamed' | 'chat.restored' | 'chat.moved' | 'chat.read';
      readonly chatId: number;
    }
  | { readonly type: 'chat.deleted'; readonly chatId: number }
  | {
      readonly type: 'message.added' | 'message.superseded';
      readonly chatId: number;
      readonly messageId: number;
    }
  | {
      readonly type: 'run.started' | 'run.ended';
      readonly chatId: number;
      readonly messageId: number;
      readonly runId: number;
    }
  | { readonly type: 'session.ended'; readonly sessionId: string };

/** An event of the change feed; `id` is `<epoch>:<seq>`. */
export type FeedEvent =
  | { readonly id: string; readonly type: 'change'; readonly change: FeedChange }
  /** The subscription stands; lists loaded from now on miss nothing. */
  | { readonly id: string; readonly type: 'ready' }
  /** The place is unknown, too old or too new: load everything again. */
  | { readonly id: string; readonly type: 'reset' }
  | { readonly id: string; readonly type: 'ping' };

/** The user's own change feed. */
export interface Feed {
  /** Follows the feed from a place on; without one the first event is `ready`. Ends when the signal aborts. */
  watch(
    userId: number,
    input: { from?: string | undefined },
    options: { signal: AbortSignal },
  ): AsyncGenerator<FeedEvent, void, undefined>;
}
