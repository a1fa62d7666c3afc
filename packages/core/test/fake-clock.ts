import type { Clock } from '../src/clock/clock.ts';

/** A clock that stands still until it is turned. */
export interface FakeClock extends Clock {
  /** Moves the time on and calls the timers that fall due, in order. What they start is not awaited. */
  advance(ms: number): void;
  /** Sets the wall clock, as an operator or NTP does: no time passes. @param ms backwards when negative */
  step(ms: number): void;
  /** How many timers are set. */
  readonly pending: number;
}

/** @param start milliseconds since 1970 */
export function createFakeClock(start = Date.UTC(2026, 10, 23)): FakeClock {
  let now = start;
  let stepped = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now + stepped,
    monotonic: () => now - start,
    step(ms) {
      stepped += ms;
    },
    setTimeout(run, ms) {
      const timer = { at: now + Math.max(ms, 0), run };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    clearTimeout: (timer) => timer?.cancel(),
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}
