import { AiError } from './aiError.ts';
import type { AiPiece } from './contract.ts';

/** Starts a one-shot timer of `ms` milliseconds and returns what stops it. Replace it to control time in tests. */
export type StartTimer = (ms: number, onTime: () => void) => () => void;

/** The machine's clock. */
export const systemTimer: StartTimer = (ms, onTime) => {
  const timer = setTimeout(onTime, ms);
  return () => clearTimeout(timer);
};

/** How long a reader waits, in milliseconds. */
export interface Patience {
  firstPieceTimeoutMs: number;
  silenceTimeoutMs: number;
  startTimer: StartTimer;
}

/** An `AbortError` as the platform's own functions throw it. */
export function abortError(): DOMException {
  return new DOMException('The answer is no longer wanted', 'AbortError');
}

/** One call's signals: `wanted` is the caller's, `open` aborts when the client is closed. */
export interface CallSignals {
  wanted: AbortSignal;
  open: AbortSignal;
}

/**
 * Awaits `pending`, but no longer than the caller wants it, the client is open, or `timeout` allows. What loses the
 * race is not waited for: a backend that ignores its cancellation holds nobody up.
 */
export async function raced<T>(
  pending: Promise<T>,
  signals: CallSignals,
  timeout?: { ms: number; startTimer: StartTimer; error: () => AiError },
): Promise<T> {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(abortError());
  const onClose = () => reject(closedError());
  const stopTimer = timeout?.startTimer(timeout.ms, () => reject(timeout.error()));
  signals.wanted.addEventListener('abort', onAbort, { once: true });
  signals.open.addEventListener('abort', onClose, { once: true });
  try {
    if (signals.wanted.aborted) onAbort();
    else if (signals.open.aborted) onClose();
    return await Promise.race([interrupted, pending]);
  } finally {
    stopTimer?.();
    signals.wanted.removeEventListener('abort', onAbort);
    signals.open.removeEventListener('abort', onClose);
    pending.catch(() => {});
  }
}

/** What a call on a closed client ends with. */
export function closedError(): AiError {
  return new AiError('CLOSED', 'The AI client was closed');
}

/** Awaits the next piece within the reader's patience. */
export function waitForPiece(
  pending: Promise<IteratorResult<AiPiece>>,
  which: 'first' | 'next',
  signals: CallSignals,
  { firstPieceTimeoutMs, silenceTimeoutMs, startTimer }: Patience,
): Promise<IteratorResult<AiPiece>> {
  const timeout =
    which === 'first'
      ? {
          ms: firstPieceTimeoutMs,
          startTimer,
          error: () => new AiError('FIRST_PIECE_TIMEOUT', `No piece came for ${firstPieceTimeoutMs} ms`),
        }
      : {
          ms: silenceTimeoutMs,
          startTimer,
          error: () => new AiError('SILENCE_TIMEOUT', `No further piece came for ${silenceTimeoutMs} ms`),
        };
  return raced(pending, signals, timeout);
}
