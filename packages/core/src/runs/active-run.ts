import type { AiClient, AiPiece, AiRequest } from '@amanda/ai-client';
import { type HotQueries, type RunEnd, StorageError } from '@amanda/db';
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { JournalTarget, JournalWriter, LostReason } from './journal-writer.ts';
import { codeOfFailure, codeOfSilence } from './outcome.ts';
import { createTail, type Tail } from './tail.ts';
import { createPieceJoiner, sliceText } from './text.ts';

/** A run that this process writes. */
export interface ActiveRun {
  readonly runId: number;
  readonly chatId: number;
  readonly userId: number;
  /** Changes once, when an AI backend does not know how to continue and its answer becomes a version. */
  readonly messageId: number;
  readonly tail: Tail;
  /** Ends the AI backend's call, drops what is not committed, closes the run. Resolves when it is closed. */
  end(status: 'stopped' | 'interrupted'): Promise<void>;
  /** Resolves when the run is closed, however it ended. Never rejects. */
  readonly closed: Promise<void>;
}

/** What a run is given. */
export interface ActiveRunOptions {
  readonly runId: number;
  readonly chatId: number;
  readonly userId: number;
  readonly messageId: number;
  readonly claim: string;
  readonly startOffset: number;
  readonly request: AiRequest;
  /** How a continued answer stood before. */
  readonly partial: { readonly status: string; readonly errorCode: string | null } | null;
  readonly ai: AiClient;
  readonly hot: HotQueries;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly log: Log;
  /** The longest answer, in UTF-16 code units. */
  readonly maxAnswerLength: number;
  /** Called when text was committed, when the run moved to another message, and when it was closed. */
  readonly onChange: (messageId: number) => void;
  /** Called before the run is told of as the writer of another message. */
  readonly onMoved: (from: number, to: number) => void;
}

type Outcome = Pick<RunEnd, 'status' | 'errorCode'>;

/** How long a refusing database is left alone between two tries to close a run. */
const closeRetryMs = 1000;

/** Starts to write an answer. The run ends by itself; `end` ends it early. */
export function startRun(options: ActiveRunOptions): ActiveRun {
  const { runId, claim, clock, hot, journal, log } = options;
  const startedAt = clock.now();
  const abort = new AbortController();
  const joiner = createPieceJoiner();
  const seen: { firstPieceMs: number | null; last: Partial<AiPiece> } = { firstPieceMs: null, last: {} };
  let messageId = options.messageId;
  let tail = createTail(options.startOffset);
  let requested: 'stopped' | 'interrupted' | undefined;
  let lost: { reason: LostReason; cause: unknown } | undefined;

  const newTarget = (start: number): JournalTarget => ({
    runId,
    claim,
    start,
    committed: start,
    onCommitted(text) {
      tail.append(text);
      options.onChange(messageId);
    },
    onLost(reason, cause) {
      lost ??= { reason, cause };
      abort.abort();
    },
  });
  let target = newTarget(options.startOffset);
  let length = options.startOffset;
  let tooLong = false;
  // A partial answer that is continued has text; one that becomes a version begins anew.
  let hasText = options.partial !== null;

  /** Hands the text that fits to the journal. Gives a promise when the journal is behind. */
  const take = (text: string): Promise<void> | undefined => {
    const room = options.maxAnswerLength - length;
    tooLong = text.length > room;
    const fitting = tooLong ? sliceText(text, 0, room) : text;
    length += fitting.length;
    return journal.write(target, fitting);
  };

  const becomeVersion = async (partial: NonNullable<ActiveRunOptions['partial']>): Promise<boolean> => {
    const at = new Date(clock.now());
    const moved = await hot.turnIntoVersion({ runId, claim, ...partial, at });
    if (moved === undefined) return false;
    const from = messageId;
    messageId = moved;
    length = 0;
    hasText = false;
    tail = createTail(0);
    target = newTarget(0);
    options.onMoved(from, moved);
    return true;
  };

  const remember = (piece: AiPiece): void => {
    if (piece.model !== undefined) seen.last.model = piece.model;
    if (piece.usage !== undefined) seen.last.usage = piece.usage;
    if (piece.finishReason !== undefined) seen.last.finishReason = piece.finishReason;
    if (piece.reasoned !== undefined) seen.last.reasoned = piece.reasoned;
  };

  const read = async (): Promise<Outcome> => {
    let goesOn = options.partial === null;
    for await (const piece of options.ai.stream(options.request, { signal: abort.signal })) {
      remember(piece);
      goesOn ||= piece.continues === true;
      // Only text makes a version: an answer that brings none must not take the partial one's place.
      if (!goesOn && options.partial !== null && piece.text !== '') {
        if (!(await becomeVersion(options.partial))) return { status: 'interrupted' };
        goesOn = true;
      }
      if (piece.text !== '') seen.firstPieceMs ??= clock.now() - startedAt;
      hasText ||= piece.text.trim() !== '';
      const behind = take(joiner.push(piece.text));
      // Mostly there is nothing to wait for, and this is done for each piece.
      if (behind !== undefined) await behind;
      if (tooLong || abort.signal.aborted || piece.done) break;
    }
    abort.signal.throwIfAborted();
    if (!tooLong) await take(joiner.rest());
    if (tooLong) return { status: 'failed', errorCode: 'ANSWER_TOO_LONG' };
    const errorCode = codeOfSilence(seen.last, hasText);
    if (errorCode === undefined) return { status: 'complete' };
    log.warn(
      { runId, errorCode, finishReason: seen.last.finishReason },
      'the AI backend ended an answer without text',
    );
    return { status: 'failed', errorCode };
  };

  const outcome = async (): Promise<Outcome | undefined> => {
    let result: Outcome;
    try {
      result = await read();
    } catch (error) {
      const errorCode = codeOfFailure(error, seen.firstPieceMs !== null);
      result = { status: 'failed', errorCode };
      if (requested === undefined && lost === undefined) {
        log.warn({ err: error, runId, errorCode }, 'the AI backend did not finish an answer');
      }
    } finally {
      abort.abort();
    }
    if (requested === undefined && lost === undefined) await journal.flush(target);
    // What came in between decides: text that was not committed is never shown, and never kept.
    await journal.drop(target);
    if (lost?.reason === 'claim') return undefined;
    if (requested !== undefined) return { status: requested };
    if (lost !== undefined) {
      log.error({ err: lost.cause, runId }, 'an answer could not be stored');
      return { status: 'failed', errorCode: 'STORAGE_UNAVAILABLE' };
    }
    return result;
  };

  const close = async (end: Outcome): Promise<void> => {
    const { model, usage, finishReason } = seen.last;
    for (;;) {
      try {
        const now = clock.now();
        const row: RunEnd = {
          ...end,
          model: model ?? null,
          inputTokens: usage?.inputTokens ?? null,
          outputTokens: usage?.outputTokens ?? null,
          finishReason: finishReason ?? null,
          firstPieceMs: seen.firstPieceMs === null ? null : Math.round(seen.firstPieceMs),
          durationMs: Math.round(now - startedAt),
        };
        await hot.closeRun(runId, claim, row, new Date(now));
        return;
      } catch (error) {
        // The next start of the server closes it.
        if (error instanceof StorageError && (error.kind === 'closed' || error.kind === 'gone')) return;
        log.error({ err: error, runId }, 'a run could not be closed; trying again');
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, closeRetryMs);
        });
      }
    }
  };

  const life = async (): Promise<void> => {
    const end = await outcome();
    if (end !== undefined) await close(end);
  };

  const closed = life();
  return {
    runId,
    chatId: options.chatId,
    userId: options.userId,
    get messageId() {
      return messageId;
    },
    get tail() {
      return tail;
    },
    closed,
    async end(status) {
      requested ??= status;
      abort.abort();
      await closed;
    },
  };
}
