import type { ErrorCode, Message, MessageStatus } from '@amanda/contract';
import { type AmandaError, amandaErrorOf } from '../errors/amanda-error.ts';
import { readStreamEvent } from '../events/guards.ts';
import { type AnswerText, applyStreamEvent } from './reducer.ts';
import type { Places } from './store.ts';

/** What is known of an answer at a moment. A new object for each change. */
export interface AnswerState {
  readonly messageId: number;
  readonly text: string;
  readonly status: MessageStatus;
  /** The message as it is stored, once the writing has ended; null before, and when it was deleted. */
  readonly message: Message | null;
  /** Why the writing failed. */
  readonly error: ErrorCode | null;
  /** Why the answer can no longer be followed: logged out, not found, or the client is outdated. */
  readonly problem: AmandaError | null;
  /** Whether nothing more will come. */
  readonly done: boolean;
}

/** What a caller knows of an answer already, as `message.list` gives it. */
export interface KnownAnswer {
  readonly text: string;
  readonly eventId: string | null;
  readonly status?: MessageStatus;
}

/** An answer that is followed as long as somebody subscribes; all who do share one subscription to the server. */
export interface Answer extends AsyncIterable<AnswerState> {
  readonly messageId: number;
  readonly getSnapshot: () => AnswerState;
  /** Follows the answer and calls the listener after each change. Answers a function that leaves; that stops nothing. */
  readonly subscribe: (listener: () => void) => () => void;
  /**
   * The answer as it grows, up to its end. A slow reader gets fewer, longer states. Breaking off only leaves.
   * @throws {AmandaError} the `problem`, when there is one
   */
  [Symbol.asyncIterator](): AsyncGenerator<AnswerState, void, undefined>;
  /** The same, until the signal aborts: that leaves at once, also while nothing comes. */
  states(signal?: AbortSignal): AsyncGenerator<AnswerState, void, undefined>;
  /** The last state. @throws {AmandaError} the `problem`, when there is one */
  finished(): Promise<AnswerState>;
}

/** The answer, for those who make it. */
export interface AnswerControl extends Answer {
  readonly watched: boolean;
  /** Takes over what is known better elsewhere: a text that is further on, or that the writing was begun again. */
  learn(known: KnownAnswer): void;
}

/** Subscribes to `message.stream`. Answers a function that leaves. */
export type Follow = (
  input: { messageId: number; lastEventId: string | undefined },
  observer: { onData(event: { id: string; data: unknown }): void; onError(error: unknown): void },
) => { unsubscribe(): void };

/** Makes an answer that nobody follows yet. */
export function createAnswer(options: {
  messageId: number;
  known: KnownAnswer | undefined;
  places: Places;
  follow: Follow;
  onWatched(): void;
}): AnswerControl {
  const { follow, messageId, places } = options;
  const listeners = new Set<() => void>();
  let answer: AnswerText = { text: '', status: 'streaming', gap: false };
  let place: string | undefined;
  let state: AnswerState = stateOf({});
  /** Counts the attempts to follow: what an earlier one still brings is not heard. */
  let round = 0;
  let leave: (() => void) | undefined;

  function stateOf(end: Partial<AnswerState>): AnswerState {
    const { status, text } = answer;
    return { messageId, text, status, message: null, error: null, problem: null, done: false, ...end };
  }

  function change(end: Partial<AnswerState> = {}): void {
    state = stateOf(end);
    for (const listener of listeners) listener();
  }

  function stop(): void {
    round += 1;
    leave?.();
    leave = undefined;
  }

  function take({ data, id }: { id: string; data: unknown }): void {
    const event = readStreamEvent(data);
    if (event === null) return;
    const before = answer;
    answer = applyStreamEvent(answer, event);
    if (answer.gap) {
      // Something was lost on the way: ask again from where our text ends.
      answer = { ...answer, gap: false };
      place = placeAt(id, answer.text.length);
      begin();
      return;
    }
    // An overlap may bring an older place than the one we have.
    place = placeAt(id, answer.text.length);
    if (event.type === 'end') {
      stop();
      places.delete(messageId);
      change({ done: true, message: event.message ?? null, error: event.error ?? null });
    } else if (answer !== before) {
      places.set(messageId, { eventId: place, text: answer.text });
      change();
    }
  }

  function fail(thrown: unknown): void {
    stop();
    change({ done: true, problem: amandaErrorOf(thrown) });
  }

  function begin(): void {
    stop();
    const current = round;
    const observer = {
      onData(event: { id: string; data: unknown }) {
        if (current !== round) return;
        try {
          take(event);
        } catch (error) {
          fail(error);
        }
      },
      onError(error: unknown) {
        if (current === round) fail(error);
      },
    };
    try {
      const subscription = follow({ messageId, lastEventId: place }, observer);
      // It may be over already.
      if (current === round) leave = () => subscription.unsubscribe();
      else subscription.unsubscribe();
    } catch (error) {
      fail(error);
    }
  }

  async function start(): Promise<void> {
    stop();
    const current = round;
    const stored = await places.get(messageId);
    if (current !== round || state.done || listeners.size === 0) return;
    if (stored !== undefined && stored.text.length > answer.text.length) {
      answer = { ...answer, text: stored.text };
      place = stored.eventId;
      change();
    }
    begin();
  }

  const control: AnswerControl = {
    messageId,
    get watched() {
      return listeners.size > 0;
    },
    getSnapshot: () => state,
    learn({ eventId, status, text }) {
      const goesOn = state.done && status === 'streaming' && runOf(eventId) !== runOf(place);
      const isFurther =
        !state.done && text.length > answer.text.length && (eventId !== null || place === undefined);
      if (!goesOn && !isFurther) return;
      answer = { text, status: 'streaming', gap: false };
      place = eventId ?? undefined;
      change();
      if (listeners.size > 0) begin();
    },
    subscribe(listener) {
      const own = () => listener();
      listeners.add(own);
      options.onWatched();
      if (listeners.size === 1 && !state.done) void start();
      return () => {
        if (listeners.delete(own) && listeners.size === 0) stop();
      };
    },
    [Symbol.asyncIterator]: () => control.states(),
    async *states(signal) {
      let wake = () => {};
      const tell = () => wake();
      const unsubscribe = control.subscribe(tell);
      signal?.addEventListener('abort', tell);
      try {
        let seen: AnswerState | undefined;
        for (;;) {
          const changed = new Promise<void>((resolve) => {
            wake = resolve;
          });
          const now = state;
          if (signal?.aborted === true) return;
          if (now.problem !== null) throw now.problem;
          if (now !== seen) yield now;
          if (now.done) return;
          seen = now;
          if (state === now) await changed;
        }
      } finally {
        signal?.removeEventListener('abort', tell);
        unsubscribe();
      }
    },
    async finished() {
      let last = state;
      for await (const each of control) last = each;
      return last;
    },
  };
  if (options.known !== undefined) control.learn(options.known);
  return control;
}

/** The run of an event id, `<run>:<offset>`. */
const runOf = (eventId: string | null | undefined): string | undefined => eventId?.split(':', 1)[0];

/** The event id of a place in the run of another one. */
const placeAt = (eventId: string, offset: number): string => `${runOf(eventId) ?? ''}:${offset}`;
