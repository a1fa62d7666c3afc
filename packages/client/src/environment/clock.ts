/** A timer of a {@link Clock}. */
export type Timer = ReturnType<typeof setTimeout>;

/** Time, as the client sees it. Times are milliseconds. */
export interface Clock {
  /** From an arbitrary start, and never set: for durations. It may stand still while the device sleeps. */
  now(): number;
  /**
   * Since 1970, by the device's clock, which people and networks set: to say when something was, and to notice a sleep.
   * @default `Date.now`
   */
  wall?(): number;
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** The device's own time, also where a given clock does not tell it. */
export const wallOf = (clock: Clock): number => clock.wall?.() ?? Date.now();
