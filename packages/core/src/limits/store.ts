import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { LimitRule } from './limits.ts';

/** Where calls are counted. `counter` names one rule of one kind; it always comes with the same rule. */
export interface LimitStore {
  /** Counts one call against a key. @returns milliseconds to wait when there were too many, else 0 */
  take(counter: string, key: string, rule: LimitRule): Promise<number>;
  forget(counter: string, key: string, rule: LimitRule): Promise<void>;
}

/** Counters in this process's memory. A key takes room until its window ends; the timers keep no process alive. */
export function createMemoryLimitStore(): LimitStore {
  const limiters = new Map<string, RateLimiterMemory>();

  const limiter = (counter: string, { points, seconds }: LimitRule): RateLimiterMemory => {
    const known = limiters.get(counter);
    if (known !== undefined) return known;
    const made = new RateLimiterMemory({ keyPrefix: counter, points, duration: seconds });
    limiters.set(counter, made);
    return made;
  };

  return {
    async take(counter, key, rule) {
      try {
        await limiter(counter, rule).consume(key);
        return 0;
      } catch (refusal) {
        // The library rejects with its result, which is no Error, when the points are used up.
        // It reckons with the wall clock, and forgets by a timer: after a step back its wait is longer than it will be.
        if (refusal instanceof RateLimiterRes) {
          return Math.min(Math.max(refusal.msBeforeNext, 1), rule.seconds * 1000);
        }
        throw refusal;
      }
    },
    async forget(counter, key, rule) {
      await limiter(counter, rule).delete(key);
    },
  };
}
