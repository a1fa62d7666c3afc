/** How long to wait before another attempt. Times are milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The pause before an attempt, counted from 0: doubled each time up to the longest, then a random part of it between
 * one half and the whole, so that clients that lost their server together do not come back together.
 */
export function pauseBefore(attempt: number, { firstMs, longestMs }: Backoff, random: () => number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 30));
  return full * (0.5 + random() / 2);
}
