import { z } from 'zod';
import { errorCode } from './error.ts';
import { message, messageStatus, usage } from './message.ts';
import { id, lastEventId } from './scalars.ts';

export const streamInput = z.strictObject({ messageId: id, lastEventId });

const v = z.literal(1);

/**
 * The events of `message.stream`, each tracked under an id of its own. A client applies a `delta` by its `offset`
 * (UTF-16 code units), never by appending; see `docs/streaming.md`.
 */
export const streamEvent = z.discriminatedUnion('type', [
  z.strictObject({ v, type: z.literal('delta'), offset: z.int().nonnegative(), text: z.string() }),
  z.strictObject({
    v,
    type: z.literal('end'),
    status: messageStatus,
    /** Absent when the message was deleted. */
    message: message.optional(),
    usage: usage.optional(),
    error: errorCode.optional(),
  }),
  /** The place asked for is not one of this message: `text` is all there is. */
  z.strictObject({ v, type: z.literal('reset'), text: z.string() }),
  /** Nothing new; the link is alive. */
  z.strictObject({ v, type: z.literal('ping') }),
]);

export type StreamEvent = Readonly<z.infer<typeof streamEvent>>;
