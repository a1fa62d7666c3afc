import type { AppRouter } from '@amanda/api';
import type { TRPCLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import { amandaErrorOf } from '../errors/amanda-error.ts';

/** How often one call is asked again: in each batch at least the first call is made, and a batch has fewer. */
const MOST = 50;

/**
 * A link that asks again, at once, for calls that the server has not made because the calls before them had filled the
 * batch (`BATCH_FULL`). What was refused together goes out together again, in a batch of its own.
 */
export function askAgainWhenFull(): TRPCLink<AppRouter> {
  return () =>
    ({ next, op }) => {
      if (op.type === 'subscription') return next(op);
      return observable((observer) => {
        let asked = 0;
        let current: Unsubscribable | undefined;
        let isOver = false;
        const ask = () => {
          asked += 1;
          const subscription = next(op).subscribe({
            next: (envelope) => observer.next(envelope),
            error(error) {
              if (!isOver && asked < MOST && amandaErrorOf(error).code === 'BATCH_FULL') ask();
              else observer.error(error);
            },
            complete: () => observer.complete(),
          });
          if (isOver) subscription.unsubscribe();
          else current = subscription;
        };
        ask();
        return () => {
          isOver = true;
          current?.unsubscribe();
        };
      });
    };
}
