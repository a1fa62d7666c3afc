import type { Backoff } from './backoff.ts';
import type { SocketPatience } from './socket.ts';

/** How the links behave. Times are milliseconds. */
export interface WireTiming {
  readonly backoff: Backoff;
  readonly socket: SocketPatience;
  /** How often an idle socket is asked whether it lives, and how long the answer may take. */
  readonly ping: { readonly intervalMs: number; readonly timeoutMs: number };
  /** After so long without any event a subscription is made again: the server pings every 15 s. */
  readonly silenceMs: number;
  /** How long a query may stay without the beginning of an answer. */
  readonly queryMs: number;
  /** How long a call that can be repeated may stay without an answer. */
  readonly callMs: number;
  /** How long a socket without subscriptions stays open. */
  readonly idleMs: number;
}

export const defaultTiming: WireTiming = {
  backoff: { firstMs: 500, longestMs: 30_000 },
  socket: { openMs: 10_000, closeMs: 300 },
  ping: { intervalMs: 15_000, timeoutMs: 5_000 },
  silenceMs: 50_000,
  queryMs: 20_000,
  callMs: 15_000,
  idleMs: 5_000,
};
