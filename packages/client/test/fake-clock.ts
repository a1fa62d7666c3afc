import type { Clock, Timer } from '../src/index.ts';

/** A clock that moves when the test says so. */
export function fakeClock(): Clock & { advance(ms: number): void } {
  const timers = new Map<Timer, { due: number; callback: () => void }>();
  let now = 0;
  return {
    now: () => now,
    setTimeout(callback, ms) {
      // Only its identity is used; it never fires.
      const timer = setTimeout(() => {}, 0);
      clearTimeout(timer);
      timers.set(timer, { due: now + ms, callback });
      return timer;
    },
    clearTimeout(timer) {
      if (timer !== undefined) timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...timers]
          .filter(([, { due }]) => due <= end)
          .toSorted(([, a], [, b]) => a.due - b.due)[0];
        if (next === undefined) break;
        const [timer, { callback, due }] = next;
        timers.delete(timer);
        now = due;
        callback();
      }
      now = end;
    },
  };
}
