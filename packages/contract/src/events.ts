import { z } from 'zod';
import { type FeedChange, feedChanges } from './feed-changes.ts';
import { id, lastEventId } from './scalars.ts';

export const watchInput = z.strictObject({ lastEventId }).prefault({});

const shapes = { id, text: z.string() };

/** One schema for each row of {@link feedChanges}. */
const changeSchemas = Object.entries(feedChanges).map(([type, fields]) =>
  z.strictObject({
    type: z.literal(type),
    ...Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, shapes[kind]])),
  }),
);

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type follows from the same table
export const feedChange = z.union(changeSchemas) as z.ZodType as z.ZodType<FeedChange>;

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

export type FeedEvent = Readonly<z.infer<typeof feedEvent>>;
