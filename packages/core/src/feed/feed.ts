import type { FeedEvent, Placed } from '@amanda/contract';

/** The user's own change feed. The `id` of an event is `<epoch>:<seq>`. */
export interface Feed {
  /** Follows the feed from a place on; without one the first event is `ready`. Ends when the signal aborts. */
  watch(
    userId: number,
    input: { from?: string | undefined },
    options: { signal: AbortSignal },
  ): AsyncGenerator<Placed<FeedEvent>, void, undefined>;
}
