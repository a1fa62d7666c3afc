import { AmandaError, type Caller, type RouterOutputs } from '../api.ts';
import { refusalOf } from '../errors/refusal.ts';

type Tracked =
  RouterOutputs['message']['stream'] extends AsyncIterable<infer Event extends { data: unknown }>
    ? Event
    : never;

/** An event of `message.stream`, without its place. */
export type StreamEvent = Tracked['data'];

type StreamCaller = { readonly message: Pick<Caller['message'], 'stream'> };

/** What has become of an answer that ended. */
export type StreamEnd = Extract<StreamEvent, { type: 'end' }>;

/**
 * Follows an answer from its beginning.
 * @param take gets each new part of the text, in order and without gaps; the next is asked for when it resolves
 * @throws what `message.stream` throws; INTERNAL when the stream breaks off, as it does when the caller's signal aborts
 */
export async function follow(
  caller: StreamCaller,
  messageId: number,
  take: (text: string, offset: number) => Promise<void> | void,
): Promise<StreamEnd> {
  let length = 0;
  for await (const { data: event } of await caller.message.stream({ messageId })) {
    switch (event.type) {
      case 'delta': {
        if (event.offset > length)
          throw new AmandaError('INTERNAL', { cause: new Error('a gap in a stream') });
        const fresh = event.text.slice(length - event.offset);
        length += fresh.length;
        if (fresh !== '') await take(fresh, length - fresh.length);
        break;
      }
      case 'end': {
        const rest = event.message?.text.slice(length) ?? '';
        if (rest !== '') await take(rest, length);
        return event;
      }
      case 'reset':
      case 'ping':
        break;
    }
  }
  throw new AmandaError('INTERNAL', { cause: new Error('a stream broke off') });
}

/** Waits until an answer has ended, or was deleted. */
export async function untilEnd(caller: StreamCaller, messageId: number): Promise<void> {
  try {
    await follow(caller, messageId, () => undefined);
  } catch (error) {
    if (refusalOf(error).code !== 'NOT_FOUND') throw error;
  }
}
