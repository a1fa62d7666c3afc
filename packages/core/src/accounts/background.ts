import type { Clock, ClockTimer } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';

/** Work that nobody waits for. */
export interface Background {
  /**
   * Runs the work a moment later, after the answer to the caller is out: neither what it finds nor how long it takes
   * can be seen from outside.
   */
  later(work: () => Promise<void>, failure: string): void;
  /** Starts what waits and resolves when all is done. */
  close(): Promise<void>;
}

const delayMs = 100;

/** Makes the background; what fails there is logged with its `failure` text. */
export function createBackground({ clock, log }: { clock: Clock; log: Log }): Background {
  const waiting = new Map<ClockTimer, () => void>();
  const running = new Set<Promise<void>>();

  return {
    later(work, failure) {
      const start = (): void => {
        waiting.delete(timer);
        const done = work()
          .catch((error: unknown) => log.error({ err: error }, failure))
          .finally(() => running.delete(done));
        running.add(done);
      };
      const timer = clock.setTimeout(start, delayMs);
      waiting.set(timer, start);
    },
    async close() {
      for (const [timer, start] of waiting) {
        clock.clearTimeout(timer);
        start();
      }
      while (running.size > 0) await Promise.all(running);
    },
  };
}
