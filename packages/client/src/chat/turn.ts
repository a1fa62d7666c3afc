import type { Message, Started } from '@amanda/contract';
import type { Answer, AnswerState, KnownAnswer } from '../answers/answer.ts';

/** A turn that is being sent and answered. */
export interface Turn extends AsyncIterable<AnswerState> {
  /** Names the call; another call with it and the same input gives the same turn. */
  readonly clientId: string;
  /** The ids, once the server has stored the turn. Rejects with {@link AmandaError} when it refuses. */
  readonly started: Promise<Started>;
  /** The answer as it grows. Breaking off only leaves: the server goes on. @throws {AmandaError} */
  [Symbol.asyncIterator](): AsyncGenerator<AnswerState, void, undefined>;
  /** The same, until the signal aborts: that leaves at once, also while nothing comes. */
  states(signal?: AbortSignal): AsyncGenerator<AnswerState, void, undefined>;
  /** The last state of the answer. @throws {AmandaError} */
  finished(): Promise<AnswerState>;
  /** Ends the writing on the server; answers with the message as it is stored. Waits for `started`. */
  stop(): Promise<Message>;
}

/** Makes a turn of a call that has begun. */
export function createTurn(options: {
  clientId: string;
  started: Promise<Started>;
  /** What is known of the answer before its first event. */
  known: (started: Started) => KnownAnswer;
  answer: (messageId: number, known: KnownAnswer) => Answer;
  stop: (messageId: number) => Promise<Message>;
}): Turn {
  const { answer, known, started, stop } = options;
  const answering = async () => {
    const ids = await started;
    return answer(ids.messageId, known(ids));
  };
  // Whoever only iterates sees the error there.
  started.catch(() => {});
  async function* states(signal?: AbortSignal): AsyncGenerator<AnswerState, void, undefined> {
    const growing = await answering();
    yield* growing.states(signal);
  }
  return {
    clientId: options.clientId,
    started,
    [Symbol.asyncIterator]: () => states(),
    states,
    finished: async () => (await answering()).finished(),
    stop: async () => stop((await started).messageId),
  };
}
