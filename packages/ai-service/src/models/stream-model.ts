import type { AiPatience, AiPiece, AiRequest } from '@amanda/ai-client';
import { ServerError, Status } from 'nice-grpc';
import type { Response } from 'undici';
import { type AnswerState, answerState, unreadOf } from './answer-state.ts';
import { type ByteLimit, patientBytes } from './bytes.ts';
import { seam } from './conversation.ts';
import type { PartReader } from './part.ts';
import { readWire, type WireEvent } from './wire.ts';

/** One model behind its server. */
export interface ModelSource {
  modelName: string;
  /** Asks and waits for the headers of a success. @throws {ServerError} */
  ask(request: AiRequest, signal: AbortSignal): Promise<Response>;
  /** Makes what understands the events of one answer. */
  createReader(): PartReader;
  thinkTags: boolean;
  /** Never to appear in an error. */
  secrets: readonly string[];
  patience: AiPatience;
  /** Called when an answer has come to its end. */
  onComplete?(last: AiPiece): void;
}

/** While a model thinks without writing, an empty piece this often shows that it is alive. In milliseconds. */
const signOfLifeMs = 1_000;

/** A model that has said why it stopped gets this long for its last events. In milliseconds. */
const farewellMs = 5_000;

/** Longest text of one piece, in UTF-16 code units. */
const longestText = 64 * 1024;

function limitOf(state: AnswerState, patience: AiPatience, farewellAt: number | undefined): ByteLimit {
  const { firstPieceTimeoutMs, silenceTimeoutMs } = patience;
  if (farewellAt !== undefined) return { ms: farewellAt - performance.now(), late: undefined };
  const ms = state.hasText ? silenceTimeoutMs : Math.max(firstPieceTimeoutMs, silenceTimeoutMs);
  return {
    ms,
    late: new ServerError(Status.DEADLINE_EXCEEDED, `The model server sent nothing for ${ms} ms`),
  };
}

function* slicesOf(text: string): Generator<string, void, undefined> {
  for (let start = 0; start < text.length; start += longestText) yield text.slice(start, start + longestText);
}

/** The text of a batch, up to the protocol's end. */
function textOf(
  batch: readonly WireEvent[],
  state: AnswerState,
  read: PartReader,
): { text: string; error?: ServerError } {
  let text = '';
  try {
    for (const event of batch) {
      if (state.isOver) break;
      if (event.type === 'done') state.take({ type: 'end' });
      else if (event.type === 'unread') state.unread(event.text);
      else {
        const parts = read(event.value, event.name);
        for (const part of parts) text += state.take(part);
        const unread = parts.length === 0 ? unreadOf(event.value) : undefined;
        if (unread !== undefined) state.unread(unread);
      }
    }
  } catch (thrown) {
    if (thrown instanceof ServerError) return { text, error: thrown };
    throw thrown;
  }
  return { text };
}

/**
 * Writes one answer with a model. Aborting `signal` ends the HTTP request.
 * @throws {ServerError} whose details hold what the server said, and none of the source's secrets
 */
export async function* streamModel(
  source: ModelSource,
  request: AiRequest,
  signal: AbortSignal,
): AsyncGenerator<AiPiece, void, undefined> {
  const { modelName, patience, secrets, thinkTags } = source;
  const abandoned = new AbortController();
  const call = AbortSignal.any([signal, abandoned.signal]);
  const state = answerState({ thinkTags, secrets });
  const read = source.createReader();
  const joined = seam(request.continueFrom);
  const signMs = Math.min(signOfLifeMs, patience.silenceTimeoutMs / 4);
  let lastSign = performance.now();
  let farewellAt: number | undefined;

  function* pieces(text: string): Generator<AiPiece, void, undefined> {
    for (const slice of slicesOf(joined(text))) {
      lastSign = performance.now();
      yield { text: slice, done: false };
    }
  }

  try {
    const response = await source.ask(request, call);
    // The headers are a sign of life. From here on nothing is asked a second time.
    yield {
      text: '',
      done: false,
      model: modelName,
      ...(request.continueFrom !== undefined && { continues: true }),
    };
    lastSign = performance.now();
    if (response.body !== null) {
      const bytes = patientBytes(response.body, () => limitOf(state, patience, farewellAt));
      try {
        for await (const batch of readWire(bytes)) {
          const wasFinished = state.isFinished;
          const { text, error } = textOf(batch, state, read);
          yield* pieces(text);
          // What comes behind the end can no longer spoil it.
          if (error !== undefined && !wasFinished) throw error;
          if (error !== undefined || state.isOver) break;
          if (state.isFinished && (text !== '' || !wasFinished)) farewellAt = performance.now() + farewellMs;
          if (performance.now() - lastSign >= signMs) {
            lastSign = performance.now();
            yield { text: '', done: false };
          }
        }
      } catch (thrown) {
        signal.throwIfAborted();
        if (!state.isFinished) throw thrown;
      }
    }
    yield* pieces(state.rest());
    const last = state.last();
    source.onComplete?.(last);
    yield last;
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown instanceof ServerError
      ? thrown
      : new ServerError(Status.UNAVAILABLE, 'The connection to the model server was lost');
  } finally {
    // A reader that leaves early must not leave the HTTP request, and its cost, running.
    abandoned.abort();
  }
}
