import type { FeedEvent } from '@amanda/contract';
import type { AmandaError } from '../errors/amanda-error.ts';
import { amandaErrorOf } from '../errors/amanda-error.ts';
import { readFeedEvent } from '../events/guards.ts';

/** An event of the change feed, and its place. `ready` and `reset` mean: load your lists now. */
export interface FeedItem {
  /** Give it to `watch` to go on from here, also after a reload. */
  readonly id: string;
  readonly event: Exclude<FeedEvent, { type: 'ping' }>;
}

/** Subscribes to `events.watch`. */
export type Watch = (
  input: { lastEventId: string | undefined },
  observer: { onData(event: { id: string; data: unknown }): void; onError(error: unknown): void },
) => { unsubscribe(): void };

/** More changes than this are not worth the reading one by one: the reader is told to load its lists. */
const mostWaiting = 1_000;

/**
 * Follows the change feed until the reader breaks off or the signal aborts.
 * @throws {AmandaError} SESSION_ENDED and the like
 */
export async function* watchFeed(
  watch: Watch,
  options: { lastEventId?: string | undefined; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<FeedItem, void, undefined> {
  const { signal } = options;
  let waiting: FeedItem[] = [];
  let problem: AmandaError | undefined;
  let wake = () => {};
  const fail = (thrown: unknown) => {
    problem = amandaErrorOf(thrown);
    wake();
  };
  const subscription = watch(
    { lastEventId: options.lastEventId },
    {
      onData({ data, id }) {
        try {
          const event = readFeedEvent(data);
          if (event === null || event.type === 'ping') return;
          waiting.push({ id, event });
          if (waiting.length > mostWaiting) waiting = [{ id, event: { v: 1, type: 'reset' } }];
          wake();
        } catch (error) {
          fail(error);
        }
      },
      onError: fail,
    },
  );
  let left = signal?.aborted === true;
  const onAbort = () => {
    left = true;
    wake();
  };
  signal?.addEventListener('abort', onAbort);
  try {
    for (;;) {
      if (left) return;
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (problem !== undefined) throw problem;
      else await changed;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    subscription.unsubscribe();
  }
}
