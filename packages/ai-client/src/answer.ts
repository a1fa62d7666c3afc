import { toAiError } from './ai-error.ts';
import type { AiPiece } from './contract.ts';
import {
  abortError,
  type CallSignals,
  closedError,
  createWaiter,
  type Patience,
  timeoutsOf,
} from './reader.ts';

/** One call to a backend, begun with the first pull of `pieces`. */
export interface Attempt {
  pieces: AsyncIterator<AiPiece>;
  headersReceived(): boolean;
  /** Whether the call failed so early that another may be made, once that has a chance. */
  recover(thrown: unknown): Promise<boolean>;
}

/** What {@link readAnswer} reads from. */
export interface AnswerSource {
  /** Makes a call that is cancelled by `signal`. */
  begin(signal: AbortSignal): Attempt;
  signals: CallSignals;
  patience: Patience;
}

/** A backend that has said `done` gets this long to end its stream, so that it does not see a cancelled call. */
const farewellMs = 1_000;

/**
 * Reads one answer, pulling a piece only when its own reader pulls. Ends with a piece that has `done` set, with an
 * `AbortError` or with an {@link AiError}; the call is then over on our side, whatever the backend does.
 */
export async function* readAnswer(source: AnswerSource): AsyncGenerator<AiPiece, void, undefined> {
  const { signals, patience } = source;
  if (signals.wanted.aborted) throw abortError();
  if (signals.open.aborted) throw closedError();
  const call = new AbortController();
  const cancel = () => call.abort();
  // Also while the reader is busy with a piece: the backend is told at once, the reader at its next pull.
  signals.wanted.addEventListener('abort', cancel, { once: true });
  signals.open.addEventListener('abort', cancel, { once: true });
  const waiter = createWaiter(signals, patience.startTimer);
  const timeouts = timeoutsOf(patience);
  let attempt = source.begin(call.signal);
  let saidDone = false;
  let hasText = false;

  async function firstResult(): Promise<IteratorResult<AiPiece>> {
    try {
      return await attempt.pieces.next();
    } catch (thrown) {
      if (!(await attempt.recover(thrown)) || call.signal.aborted) throw thrown;
      attempt = source.begin(call.signal);
      return attempt.pieces.next();
    }
  }

  try {
    let pending = waiter.wait(firstResult(), timeouts.first);
    for (;;) {
      const result = await pending;
      if (result.done) {
        yield { text: '', done: true };
        return;
      }
      saidDone = result.value.done;
      hasText ||= result.value.text !== '';
      yield result.value;
      if (saidDone) return;
      pending = waiter.wait(attempt.pieces.next(), hasText ? timeouts.next : timeouts.beforeText);
    }
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError' && signals.wanted.aborted)
      throw thrown;
    throw toAiError(thrown, attempt.headersReceived());
  } finally {
    if (saidDone) void sayFarewell(attempt.pieces, signals, patience).finally(end);
    else end();
  }

  function end(): void {
    waiter.end();
    signals.wanted.removeEventListener('abort', cancel);
    signals.open.removeEventListener('abort', cancel);
    call.abort();
  }
}

async function sayFarewell(
  pieces: AsyncIterator<AiPiece>,
  { open }: CallSignals,
  { startTimer }: Patience,
): Promise<void> {
  const waiter = createWaiter({ wanted: open, open }, startTimer);
  // Whether it ended well no longer matters to anybody: the answer is complete.
  await waiter.wait(pieces.next(), { ms: farewellMs, error: closedError }).catch(() => {});
  waiter.end();
}
