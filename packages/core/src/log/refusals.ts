import type { Clock, ClockTimer } from '../clock/clock.ts';
import { addressKey } from '../limits/address-key.ts';
import type { Log } from './log.ts';

/**
 * Why somebody was turned away.
 * - `origin`: a page of a foreign origin
 * - `access`: something that is not theirs, or that their role or kind of credential may not do
 * - `credential`: a cookie that nobody sealed, a bearer token that opens nothing, a mailed link that is worth nothing
 * - `logIn`: a wrong password, an unknown address, a disabled account
 * - `limit`: more calls, runs or log-ins than are allowed
 * - `input`: what no client of ours sends
 * - `connection`: one that was not taken, or was cut
 * - `frame`: one that is too large, or holds too much
 */
export type RefusalKind =
  | 'origin'
  | 'access'
  | 'credential'
  | 'logIn'
  | 'limit'
  | 'input'
  | 'connection'
  | 'frame';

/** Somebody who was turned away. There is no place for what they sent. */
export interface Refusal {
  readonly kind: RefusalKind;
  /** The client's IP address, as far as trusted proxies tell. */
  readonly address: string;
  readonly userId?: number | undefined;
}

/** Counts who is turned away, and writes the counts to the log: one line a minute for each kind and address. */
export interface Refusals {
  /** Counts one. Never fails and never waits. */
  count(refusal: Refusal): void;
  /** Writes what was counted so far. */
  flush(): void;
  /** Writes the rest and stops. What comes later is written at once. */
  close(): void;
}

const minuteMs = 60_000;
/** Kinds and addresses with a line of their own in one minute; those that come after share a line for each kind. */
const mostLines = 200;
/** Users that one line names. */
const mostUsers = 5;

interface Tally {
  readonly kind: RefusalKind;
  readonly address: string;
  count: number;
  readonly userIds: Set<number>;
}

/**
 * Makes the counter. It holds no more than a few hundred counts however many addresses there are, and its timer runs
 * only while there is something to write. An IPv6 address is counted by its /64, as limits count it.
 */
export function createRefusals(options: { log: Log; clock: Clock }): Refusals {
  const { log, clock } = options;
  const tallies = new Map<string, Tally>();
  let timer: ClockTimer | undefined;
  let closed = false;

  const flush = (): void => {
    timer?.cancel();
    timer = undefined;
    for (const { kind, address, count, userIds } of tallies.values()) {
      const users = userIds.size === 0 ? {} : { userIds: [...userIds] };
      log.warn({ kind, address, count, ...users }, 'turned away');
    }
    tallies.clear();
  };

  const tallyOf = (kind: RefusalKind, address: string): Tally => {
    const key = `${kind} ${address}`;
    const known = tallies.get(key);
    if (known !== undefined) return known;
    if (tallies.size >= mostLines && address !== 'others') return tallyOf(kind, 'others');
    const tally = { kind, address, count: 0, userIds: new Set<number>() };
    tallies.set(key, tally);
    return tally;
  };

  return {
    count({ kind, address, userId }) {
      const tally = tallyOf(kind, addressKey(address));
      tally.count += 1;
      if (userId !== undefined && tally.userIds.size < mostUsers) tally.userIds.add(userId);
      if (closed) flush();
      else timer ??= clock.setTimeout(flush, minuteMs);
    },
    flush,
    close() {
      closed = true;
      flush();
    },
  };
}
