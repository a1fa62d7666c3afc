/** A timer that was set and not yet cleared. */
export interface ClockTimer {
  /** Clears the timer; without effect when it has run. */
  cancel(): void;
}

/** Where the domain takes the time from, so that tests can turn it. */
export interface Clock {
  /**
   * Milliseconds since 1970, UTC. It may be set, forwards and backwards: only for what is stored, shown, or compared with
   * times of other processes.
   */
  now(): number;
  /**
   * Milliseconds from an arbitrary start, which never step: for every duration within the process. It may stand
   * still while the machine is suspended, as timers do.
   */
  monotonic(): number;
  /** Calls `run` once after `ms` milliseconds unless the timer is cleared before. */
  setTimeout(run: () => void, ms: number): ClockTimer;
  clearTimeout(timer: ClockTimer | undefined): void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (run, ms) => {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  clearTimeout: (timer) => timer?.cancel(),
};
