import * as contract from '@amanda/contract';
import { type TrackedEnvelope, tracked } from '@trpc/server';
import { userSubscription } from '../../trpc.ts';

/**
 * Follows a message from the place after `lastEventId` on, or from its beginning, and ends after its `end`.
 * Events come from `core` and are not parsed again: this is the path of every piece of text.
 */
export const stream = userSubscription.input(contract.streamInput).subscription(async function* ({
  ctx,
  input,
}): AsyncGenerator<TrackedEnvelope<contract.StreamEvent>, void, undefined> {
  const events = ctx.core.runs.follow(
    ctx.userId,
    { messageId: input.messageId, from: input.lastEventId ?? undefined },
    { signal: ctx.stopped, gate: ctx.socket?.gate },
  );
  for await (const { id, ...event } of events) yield tracked(id, { v: 1, ...event });
});
