import { AiError } from './ai-error.ts';

/** Starts a one-shot timer of `ms` milliseconds and returns what stops it. Replace it to control time in tests. */
export type StartTimer = (ms: number, onTime: () => void) => () => void;

/** The machine's clock. */
export const systemTimer: StartTimer = (ms, onTime) => {
  const timer = setTimeout(onTime, ms);
  return () => clearTimeout(timer);
};

/** How long a sign of life may take, in milliseconds. */
export interface AiPatience {
  /** From the request to the first sign of life, and between signs as long as no text has come. */
  firstPieceTimeoutMs: number;
  /** Between signs of life once text has come. */
  silenceTimeoutMs: number;
}

/** Models that are loaded from a disk, or read a long prompt on a CPU, take minutes to begin. */
export const defaultPatience: AiPatience = { firstPieceTimeoutMs: 300_000, silenceTimeoutMs: 120_000 };

/** The patience of a reader, and its clock. */
export interface Patience extends AiPatience {
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

/** What ends a wait early. */
export interface Timeout {
  ms: number;
  error: () => AiError;
}

/** Awaits things one after the other, none longer than the caller wants it, the client is open, or a timeout allows. */
export interface Waiter {
  /**
   * What loses the race is not waited for: a backend that ignores its cancellation holds nobody up.
   * One wait at a time.
   */
  wait<T>(pending: Promise<T>, timeout: Timeout): Promise<T>;
  /** Lets go of the signals. */
  end(): void;
}

/** Makes a waiter. It listens to its signals once for all its waits, for there is one with each piece of an answer. */
export function createWaiter(signals: CallSignals, startTimer: StartTimer): Waiter {
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = () => interrupt?.(abortError());
  const onClose = () => interrupt?.(closedError());
  signals.wanted.addEventListener('abort', onAbort, { once: true });
  signals.open.addEventListener('abort', onClose, { once: true });
  return {
    wait: (pending, timeout) =>
      new Promise((resolve, reject) => {
        const stopTimer = startTimer(timeout.ms, () => reject(timeout.error()));
        const over = () => {
          interrupt = undefined;
          stopTimer();
        };
        interrupt = (reason) => {
          over();
          reject(reason);
        };
        if (signals.wanted.aborted) onAbort();
        else if (signals.open.aborted) onClose();
        pending.then(
          (value) => {
            over();
            resolve(value);
          },
          (reason: unknown) => {
            over();
            reject(reason);
          },
        );
      }),
    end() {
      signals.wanted.removeEventListener('abort', onAbort);
      signals.open.removeEventListener('abort', onClose);
    },
  };
}

/** What a call on a closed client ends with. */
export function closedError(): AiError {
  return new AiError('CLOSED', 'The AI client was closed');
}

/**
 * The patience for the first piece, for those that follow without text, which say that the backend is alive and not
 * how soon it will write, and for each piece after the first text.
 */
export function timeoutsOf({
  firstPieceTimeoutMs,
  silenceTimeoutMs,
}: Patience): Record<'first' | 'beforeText' | 'next', Timeout> {
  const beforeTextMs = Math.max(firstPieceTimeoutMs, silenceTimeoutMs);
  return {
    first: {
      ms: firstPieceTimeoutMs,
      error: () => new AiError('FIRST_PIECE_TIMEOUT', `No piece came for ${firstPieceTimeoutMs} ms`),
    },
    beforeText: {
      ms: beforeTextMs,
      error: () =>
        new AiError('FIRST_PIECE_TIMEOUT', `No text and no sign of life came for ${beforeTextMs} ms`),
    },
    next: {
      ms: silenceTimeoutMs,
      error: () => new AiError('SILENCE_TIMEOUT', `No further piece came for ${silenceTimeoutMs} ms`),
    },
  };
}
