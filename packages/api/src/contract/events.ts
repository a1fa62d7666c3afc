import { z } from 'zod';
import { id, lastEventId } from './scalars.ts';

export const watchInput = z.strictObject({ lastEventId }).prefault({});

/** Something that another tab or device must know. It names what changed; ask for the rest. */
export const feedChange = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.enum([
      'chat.created',
      'chat.renamed',
      'chat.restored',
      'chat.moved',
      'chat.read',
      'chat.deleted',
    ]),
    chatId: id,
  }),
  z.strictObject({ type: z.enum(['message.added', 'message.superseded']), chatId: id, messageId: id }),
  z.strictObject({ type: z.enum(['run.started', 'run.ended']), chatId: id, messageId: id, runId: id }),
  z.strictObject({ type: z.literal('session.ended'), sessionId: z.string() }),
]);

const v = z.literal(1);

/** The events of `events.watch`. */
export const feedEvent = z.discriminatedUnion('type', [
  /** The subscription stands: lists loaded from now on miss nothing. */
  z.strictObject({ v, type: z.literal('ready') }),
  /** The place asked for is unknown or too old: load everything again. */
  z.strictObject({ v, type: z.literal('reset') }),
  z.strictObject({ v, type: z.literal('ping') }),
  z.strictObject({ v, type: z.literal('change'), change: feedChange }),
]);

export type FeedChange = z.infer<typeof feedChange>;
export type FeedEvent = z.infer<typeof feedEvent>;
