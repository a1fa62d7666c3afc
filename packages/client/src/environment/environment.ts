import type { SocketConstructor } from '../wire/socket.ts';
import { type Clock, systemClock } from './clock.ts';
import { browserWake, type WakeSource } from './wake.ts';

/** What the client takes from the place where it runs. Every part has a default that fits browsers, workers and Node. */
export interface Environment {
  readonly fetch: typeof fetch;
  /** Undefined where there is none: then server-sent events are used. */
  readonly WebSocket: SocketConstructor | undefined;
  /** On React Native: made from `AppState` and `NetInfo`, see the README. */
  readonly wake: WakeSource;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Fills in what an environment leaves out. */
export function completeEnvironment(given: Partial<Environment> = {}): Environment {
  const clock = given.clock ?? systemClock;
  const global: { WebSocket?: SocketConstructor } = globalThis;
  return {
    // Looked up at each call, so that what replaces it later (tests, tracing) counts; and never called on another object.
    fetch: (input, init) => globalThis.fetch(input, init),
    WebSocket: global.WebSocket,
    wake: browserWake(clock),
    random: Math.random,
    ...given,
    clock,
  };
}
