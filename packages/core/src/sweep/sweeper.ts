import type { Transactions } from '@amanda/db';
import type { Clock, ClockTimer } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** Ages after which things nobody can reach any more are removed, in milliseconds. */
const ages = { deletedChats: hour, clientKeys: 7 * day, feed: 7 * day } as const;

/** Rows that one transaction removes at most, and the pause between two, so that nobody waits for the sweep. */
const batch = 1000;
const pauseMs = 50;

/** What the sweeper needs. */
export interface SweeperOptions {
  readonly transactions: Pick<Transactions, 'sweep'>;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Other sweeps that run at the same times, by names for the log. One that fails keeps none of the others from its work. Each
   * removes at most so many rows, says how many, and is called again while there may be more.
   */
  readonly alsoSweep: Readonly<Record<string, (limit: number) => Promise<number>>>;
  /** @default an hour */
  readonly everyMs?: number;
}

/** Removes what is too old, now and then. Close it to stop. */
export function createSweeper(options: SweeperOptions): { sweep(): Promise<void>; close(): Promise<void> } {
  const { transactions, clock, log, everyMs = hour } = options;
  const closed = Promise.withResolvers<void>();
  let open = true;
  let running: Promise<void> | undefined;

  const pause = async (ms: number): Promise<void> => {
    const passed = Promise.withResolvers<void>();
    const timer = clock.setTimeout(passed.resolve, ms);
    await Promise.race([passed.promise, closed.promise]);
    timer.cancel();
  };

  const sweepRows = async (): Promise<void> => {
    const now = clock.now();
    const limits = {
      chatsDeletedBefore: new Date(now - ages.deletedChats),
      clientKeysBefore: new Date(now - ages.clientKeys),
      feedBefore: new Date(now - ages.feed),
      limit: batch,
    };
    for (;;) {
      if (!open || (await transactions.sweep(limits)) === 0) return;
      await pause(pauseMs);
    }
  };

  const inSlices = (removeSome: (limit: number) => Promise<number>) => async (): Promise<void> => {
    for (;;) {
      if (!open || (await removeSome(batch)) < batch) return;
      await pause(pauseMs);
    }
  };

  const sweep = async (): Promise<void> => {
    const also = Object.entries(options.alsoSweep).map(([name, run]) => [name, inSlices(run)] as const);
    for (const [name, run] of [...also, ['rows', sweepRows] as const]) {
      if (!open) return;
      try {
        await run();
      } catch (error) {
        log.warn({ err: error, sweep: name }, 'a sweep failed; it is tried again later');
      }
    }
  };

  let timer: ClockTimer = clock.setTimeout(again, everyMs);
  function again(): void {
    running = sweep().finally(() => {
      running = undefined;
      if (open) timer = clock.setTimeout(again, everyMs);
    });
  }

  return {
    sweep,
    async close() {
      open = false;
      timer.cancel();
      closed.resolve();
      await running;
    },
  };
}
