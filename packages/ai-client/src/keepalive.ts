/**
 * Python servers with default settings forgive two pings without data in between and then end every call, so there are
 * no more than two in the longest wait, none faster than every 30 s, and none without a call.
 */
export function keepaliveTimeMs(firstPieceTimeoutMs: number, silenceTimeoutMs: number): number {
  return Math.max(30_000, Math.ceil(Math.max(firstPieceTimeoutMs, silenceTimeoutMs) / 2));
}
