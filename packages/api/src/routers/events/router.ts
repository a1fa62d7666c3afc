import * as contract from '@amanda/contract';
import { type TrackedEnvelope, tracked } from '@trpc/server';
import { router, userSubscription } from '../../trpc.ts';

/** What happens to the user's things elsewhere. */
export const events = router({
  /** The user's change feed. Load lists after `ready`, and again after `reset`. */
  watch: userSubscription.input(contract.watchInput).subscription(async function* ({
    ctx,
    input,
  }): AsyncGenerator<TrackedEnvelope<contract.FeedEvent>, void, undefined> {
    const changes = ctx.core.feed.watch(
      ctx.userId,
      { from: input.lastEventId ?? undefined },
      { signal: ctx.stopped },
    );
    for await (const { id, ...event } of changes) {
      await ctx.socket?.gate.ready(ctx.stopped);
      yield tracked(id, { v: 1, ...event });
    }
  }),
});
