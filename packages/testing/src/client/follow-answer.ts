import type { RouterOutputs } from '@amanda/api';

import { deferred } from '../deferred.ts';
import type { TrpcTestClient } from './trpc-client.ts';

type Streamed = RouterOutputs['message']['stream'] extends AsyncIterable<infer Event> ? Event : never;
/** The last event of a stream. */
export type EndEvent = Extract<Streamed['data'], { type: 'end' }>;

/** What one viewer of an answer has on its screen. */
export interface FollowedAnswer extends Disposable {
  /** The text shown so far. */
  readonly text: string;
  /** The place after the last event. */
  readonly lastEventId: string | undefined;
  /** The last event. @throws when the stream ends in an error, or shows a gap */
  readonly ended: Promise<EndEvent>;
  /** Resolves when so many UTF-16 units are shown. @throws as `ended` does */
  grows(length: number): Promise<void>;
  /** Leaves; `ended` then stays pending. */
  leave(): void;
}

/**
 * Follows an answer as a client must: deltas applied by their offset, a gap is an error.
 * @param options.text what is shown already, as of `eventId`
 */
export function followAnswer(
  { api }: TrpcTestClient,
  options: { messageId: number; eventId?: string | null | undefined; text?: string },
): FollowedAnswer {
  let text = options.text ?? '';
  let lastEventId = options.eventId ?? undefined;
  const ended = deferred<EndEvent>();
  const waiting = new Set<{ length: number; resolve: () => void; reject: (error: unknown) => void }>();

  const fail = (error: unknown) => {
    ended.reject(error);
    for (const one of waiting) one.reject(error);
    waiting.clear();
  };
  const show = (next: string) => {
    text = next;
    for (const one of waiting) {
      if (text.length < one.length) continue;
      waiting.delete(one);
      one.resolve();
    }
  };
  const input = { messageId: options.messageId, ...(lastEventId === undefined ? {} : { lastEventId }) };
  const subscription = api.message.stream.subscribe(input, {
    onData({ id, data: event }) {
      lastEventId = id;
      if (event.type === 'delta') {
        if (event.offset > text.length)
          fail(new Error(`a gap: ${text.length} shown, delta at ${event.offset}`));
        else show(text + event.text.slice(text.length - event.offset));
      } else if (event.type === 'reset') show(event.text);
      else if (event.type === 'end') ended.resolve(event);
    },
    onError: fail,
  });
  const leave = () => subscription.unsubscribe();
  return {
    get text() {
      return text;
    },
    get lastEventId() {
      return lastEventId;
    },
    ended: ended.promise,
    grows: (length) =>
      text.length >= length
        ? Promise.resolve()
        : new Promise((resolve, reject) => waiting.add({ length, resolve, reject })),
    leave,
    [Symbol.dispose]: leave,
  };
}
