import type { Clock } from './clock.ts';

/** How long the work of one turn of the event loop may take, in milliseconds, before others get a turn. */
const shareMs = 4;

/**
 * Keeps work that arrives without ever leaving the microtask queue, such as the pieces of a fast AI backend, from holding the
 * event loop. All who share it have one share together.
 */
export interface LoopShare {
  /** Call it with each bit of work. @returns what to wait for when the share of this turn is used up */
  spend(): Promise<void> | undefined;
}

/** Makes one. */
export function createLoopShare(clock: Pick<Clock, 'monotonic'>): LoopShare {
  let began: number | undefined;
  let next: Promise<void> | undefined;
  return {
    spend() {
      if (began === undefined) {
        began = clock.monotonic();
        // One for all of a turn, however many bits of work it has.
        const turn = Promise.withResolvers<void>();
        next = turn.promise;
        setImmediate(() => {
          began = undefined;
          next = undefined;
          turn.resolve();
        });
        return undefined;
      }
      return clock.monotonic() - began < shareMs ? undefined : next;
    },
  };
}
