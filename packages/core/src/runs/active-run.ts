import type { AiClient, AiPiece, AiRequest } from '@amanda/ai-client';
import { type RunEnd, StorageError, type Transactions } from '@amanda/db';
import type { Clock } from '../clock/clock.ts';
import type { LoopShare } from '../clock/loop-share.ts';
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
  /**
   * Ends the AI backend's call, commits what came in, and lets go of the run without ending it, for the next process to
   * take up. If it came to its end before, it is closed. Resolves as `end` does.
   */
  handOver(): Promise<void>;
  /** Whether it was ended from outside, rather than by its answer. */
  readonly wasEnded: boolean;
}

/** What a run is given. */
export interface ActiveRunOptions {
  readonly runId: number;
  readonly chatId: number;
  readonly userId: number;
  readonly messageId: number;
  readonly claim: string;
  readonly startOffset: number;
  /**
   * What the AI backend is asked; or what waits until it may be asked, and gives undefined when it may not: then the run
   * ends as `interrupted`.
   */
  readonly request: AiRequest | ((signal: AbortSignal) => Promise<AiRequest | undefined>);
  /** How an answer stood before that its user continues; null for others. */
  readonly partial: { readonly status: string; readonly errorCode: string | null } | null;
  readonly ai: AiClient;
  readonly transactions: Transactions;
  readonly journal: JournalWriter;
  /** What all runs of a process share of its event loop. */
  readonly share: LoopShare;
  readonly clock: Clock;
  readonly log: Log;
  /** The longest answer, in UTF-16 code units. */
  readonly maxAnswerLength: number;
  /** Told once by a call to continue whether the AI backend knows how. */
  readonly onContinues: (knows: boolean) => void;
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
  const { runId, claim, clock, transactions, journal, log } = options;
  let startedAt = clock.monotonic();
  const abort = new AbortController();
  const joiner = createPieceJoiner();
  const seen: { firstPieceMs: number | null; last: Partial<AiPiece> } = { firstPieceMs: null, last: {} };
  let messageId = options.messageId;
  let tail = createTail(options.startOffset);
  let requested: 'stopped' | 'interrupted' | 'handed over' | undefined;
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
  let hasText = options.startOffset > 0;

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
    const moved = await transactions.turnIntoVersion({ runId, claim, ...partial, at });
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

  /** Whether what comes follows on from the text so far; undefined while a call to continue has not shown it. */
  let goesOn: boolean | undefined;

  const read = async (): Promise<Outcome> => {
    const { request } = options;
    const asked = typeof request === 'function' ? await request(abort.signal) : request;
    if (asked === undefined) return { status: 'interrupted' };
    abort.signal.throwIfAborted();
    startedAt = clock.monotonic();
    goesOn = asked.continueFrom === undefined ? true : undefined;
    for await (const piece of options.ai.stream(asked, { signal: abort.signal })) {
      remember(piece);
      if (goesOn === undefined) {
        goesOn = await shownBy(piece);
        if (goesOn === false) return { status: 'interrupted' };
      }
      if (piece.text !== '') seen.firstPieceMs ??= clock.monotonic() - startedAt;
      hasText ||= piece.text.trim() !== '';
      const behind = take(joiner.push(piece.text));
      // Mostly there is nothing to wait for, and this is done for each piece.
      if (behind !== undefined) await behind;
      const spent = options.share.spend();
      if (spent !== undefined) await spent;
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

  /**
   * Whether the answer goes on with this piece of a call to continue: in its message, or in a new version where its user
   * asked and the AI backend does not know how. Undefined when the piece does not decide it.
   */
  const shownBy = async (piece: AiPiece): Promise<boolean | undefined> => {
    if (piece.continues === true) {
      options.onContinues(true);
      return true;
    }
    const { partial } = options;
    // Nobody asked for an automatic continuation, so it must not put another answer in the place of this one.
    if (partial === null) {
      options.onContinues(false);
      return false;
    }
    // Only text makes a version: an answer that brings none must not take the partial one's place.
    if (piece.text === '') return undefined;
    options.onContinues(false);
    return await becomeVersion(partial);
  };

  const outcome = async (): Promise<Outcome | 'handed over' | undefined> => {
    let result: Outcome | undefined;
    try {
      result = await read();
    } catch (error) {
      const errorCode = codeOfFailure(error, seen.firstPieceMs !== null);
      if (requested === undefined && lost === undefined) {
        log.warn({ err: error, runId, errorCode }, 'the AI backend did not finish an answer');
      }
      // An automatic continuation that did not begin leaves the answer as the crash left it.
      const unbegun = goesOn === undefined && options.partial === null;
      if (requested === undefined) {
        result = unbegun ? { status: 'interrupted' } : { status: 'failed', errorCode };
      }
    } finally {
      abort.abort();
    }
    const isKept = requested === undefined || requested === 'handed over';
    if (isKept && lost === undefined) await journal.flush(target);
    // What came in between decides: text that was not committed is never shown, and never kept.
    await journal.drop(target);
    if (lost?.reason === 'claim') return undefined;
    // It may have come to its end before it was asked to be handed over.
    if (requested === 'handed over') return (lost === undefined ? result : undefined) ?? 'handed over';
    if (requested !== undefined) return { status: requested };
    if (lost !== undefined) {
      log.error({ err: lost.cause, runId }, 'an answer could not be stored');
      return { status: 'failed', errorCode: 'STORAGE_UNAVAILABLE' };
    }
    return result;
  };

  const close = async (end: Outcome): Promise<void> => {
    const { model, usage, finishReason } = seen.last;
    const row: RunEnd = {
      ...end,
      model: model ?? null,
      inputTokens: usage?.inputTokens ?? null,
      outputTokens: usage?.outputTokens ?? null,
      finishReason: finishReason ?? null,
      firstPieceMs: seen.firstPieceMs === null ? null : Math.round(seen.firstPieceMs),
      durationMs: Math.round(clock.monotonic() - startedAt),
    };
    await transactions.closeRun(runId, claim, row, new Date(clock.now()));
  };

  const life = async (): Promise<void> => {
    const end = await outcome();
    if (end === undefined) return;
    for (;;) {
      try {
        if (end === 'handed over') await transactions.handOver(runId, claim, new Date(clock.now()));
        else await close(end);
        return;
      } catch (error) {
        // The next start of the server takes it up.
        if (error instanceof StorageError && (error.kind === 'closed' || error.kind === 'gone')) return;
        log.error({ err: error, runId }, 'a run could not be closed; trying again');
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, closeRetryMs);
        });
      }
    }
  };

  const closed = life();

  const end = async (how: NonNullable<typeof requested>): Promise<void> => {
    requested ??= how;
    abort.abort();
    await closed;
  };
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
    end,
    handOver: () => end('handed over'),
    get wasEnded() {
      return requested !== undefined;
    },
  };
}
