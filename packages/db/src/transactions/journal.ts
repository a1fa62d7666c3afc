import type { FeedChange } from '@amanda/contract';
import { appendFeed } from './feed.ts';
import { indexMessage } from './search-index.ts';
import { all, exactlyOne, first, int, type Row, str, type Transaction } from './transaction.ts';

/** Text to append to a run's journal. */
export interface Append {
  readonly runId: number;
  readonly claim: string;
  /** The length of the message's text that the writer knows, in UTF-16 code units. */
  readonly from: number;
  readonly text: string;
}

/**
 * Appends to the journals of several runs in one transaction. The run's row is taken first and only where the claim
 * is still the writer's, so that a late piece can never follow the fold.
 * @returns for each entry whether it was appended; false means that the run is no longer this writer's
 */
export function* append(entries: readonly Append[], at: Date): Transaction<readonly boolean[]> {
  const done: boolean[] = [];
  for (const { runId, claim, from, text } of entries) {
    const run = yield* first(
      `UPDATE runs SET length = ?, heartbeat_at = ?
        WHERE id = ? AND claim = ? AND status = 'streaming' AND length = ? RETURNING id`,
      from + text.length,
      at,
      runId,
      claim,
      from,
    );
    if (run !== undefined) {
      yield* all('INSERT INTO run_chunks (run_id, "offset", text) VALUES (?, ?, ?)', runId, from, text);
    }
    done.push(run !== undefined);
  }
  return done;
}

/** What a run's row says, for a writer that does not know whether its last commit happened, and for watchers. */
export interface RunState {
  readonly runId: number;
  readonly messageId: number;
  readonly chatId: number;
  readonly status: string;
  readonly claim: string;
  readonly length: number;
}

/** Reads the state of the newest run of each message. */
export function* readRunStates(messageIds: readonly number[]): Transaction<readonly RunState[]> {
  if (messageIds.length === 0) return [];
  const rows = yield* all(
    `${selectRuns}
      WHERE r.message_id IN (${messageIds.map(() => '?').join(', ')})
        AND r.id = (SELECT max(x.id) FROM runs x WHERE x.message_id = r.message_id)`,
    ...messageIds,
  );
  return rows.map(toRunState);
}

/** Reads the state of one run; undefined when there is no such run. */
export function* readRun(runId: number): Transaction<RunState | undefined> {
  const row = yield* first(`${selectRuns} WHERE r.id = ?`, runId);
  return row === undefined ? undefined : toRunState(row);
}

const selectRuns = 'SELECT r.id, r.message_id, r.chat_id, r.status, r.claim, r.length FROM runs r';

const toRunState = (row: Row): RunState => ({
  runId: int(row, 'id'),
  messageId: int(row, 'message_id'),
  chatId: int(row, 'chat_id'),
  status: str(row, 'status'),
  claim: str(row, 'claim'),
  length: int(row, 'length'),
});

/** How a run ended. */
export interface RunEnd {
  readonly status: 'complete' | 'stopped' | 'failed' | 'interrupted';
  readonly errorCode?: string | null;
  readonly model?: string | null;
  readonly inputTokens?: number | null;
  readonly outputTokens?: number | null;
  readonly finishReason?: string | null;
  readonly firstPieceMs?: number | null;
  readonly durationMs?: number | null;
}

/** A run that was closed. */
export interface ClosedRun {
  readonly runId: number;
  readonly messageId: number;
  readonly chatId: number;
  readonly userId: number;
  /** Length of the stored text in UTF-16 code units. */
  readonly length: number;
}

/**
 * Ends a run: takes its row, folds its journal into the message, sets the status.
 * @param claim only while this writer holds the run; null ends it whoever holds it, whose next append then fails
 * @returns undefined when the run had ended already, or is another writer's
 */
export function* closeRun(
  runId: number,
  claim: string | null,
  end: RunEnd,
  at: Date,
): Transaction<ClosedRun | undefined> {
  const row = yield* takeRun(runId, claim, end, at);
  if (row === undefined) return undefined;
  const closed = yield* fold(row, runId, end);
  yield* appendFeed(closed.userId, [endEntry(closed)], at);
  return closed;
}

/**
 * Ends every run of others whose heartbeat is older than a time, oldest first, a bounded number at once.
 * @param claim the caller's own: it knows that its runs live, also when the clock has jumped past their heartbeats
 */
export function* closeLostRuns(
  before: Date,
  claim: string,
  limit: number,
  at: Date,
): Transaction<readonly ClosedRun[]> {
  const lost = yield* all(
    `SELECT id FROM runs WHERE active_chat_id IS NOT NULL AND heartbeat_at < ? AND claim <> ?
      ORDER BY heartbeat_at LIMIT ?`,
    before,
    claim,
    limit,
  );
  const ended: ClosedRun[] = [];
  for (const { id } of lost) {
    if (typeof id !== 'number') continue;
    const closed = yield* closeRun(id, null, { status: 'interrupted' }, at);
    if (closed !== undefined) ended.push(closed);
  }
  return ended;
}

/** Ends the active run of a chat as part of another transaction, which stores the returned entry in the feed. */
export function* closeRunOfChat(
  chatId: number,
  end: RunEnd,
  at: Date,
): Transaction<{ closed: ClosedRun; entry: FeedChange } | undefined> {
  const active = yield* first('SELECT id FROM runs WHERE active_chat_id = ?', chatId);
  if (active === undefined) return undefined;
  const runId = int(active, 'id');
  const row = yield* takeRun(runId, null, end, at);
  if (row === undefined) return undefined;
  const closed = yield* fold(row, runId, end);
  return { closed, entry: endEntry(closed) };
}

/**
 * Says that these runs are alive.
 * @returns those that are no longer this writer's
 */
export function* heartbeat(
  runIds: readonly number[],
  claim: string,
  at: Date,
): Transaction<readonly number[]> {
  const lost: number[] = [];
  for (const runId of runIds) {
    const row = yield* first(
      "UPDATE runs SET heartbeat_at = ? WHERE id = ? AND claim = ? AND status = 'streaming' RETURNING id",
      at,
      runId,
      claim,
    );
    if (row === undefined) lost.push(runId);
  }
  return lost;
}

/** What the change feed says of an ended run. */
export const endEntry = ({
  chatId,
  messageId,
  runId,
}: Pick<ClosedRun, 'chatId' | 'messageId' | 'runId'>): FeedChange => ({
  type: 'run.ended',
  chatId,
  messageId,
  runId,
});

/** Takes a run's row and ends it; undefined when it had ended, or is another writer's. Its text is not folded yet. */
export function* takeRun(
  runId: number,
  claim: string | null,
  end: RunEnd,
  at: Date,
): Transaction<Row | undefined> {
  return yield* first(
    `UPDATE runs SET status = ?, active_chat_id = NULL, ended_at = ?, error_code = ?, model = ?, input_tokens = ?,
            output_tokens = ?, finish_reason = ?, first_piece_ms = ?, duration_ms = ?
      WHERE id = ? AND status = 'streaming' AND (CAST(? AS TEXT) IS NULL OR claim = ?)
      RETURNING message_id, chat_id, user_id`,
    end.status,
    at,
    end.errorCode ?? null,
    end.model ?? null,
    end.inputTokens ?? null,
    end.outputTokens ?? null,
    end.finishReason ?? null,
    end.firstPieceMs ?? null,
    end.durationMs ?? null,
    runId,
    claim,
    claim,
  );
}

function* fold(run: Row, runId: number, end: RunEnd): Transaction<ClosedRun> {
  const messageId = int(run, 'message_id');
  const message = yield* exactlyOne(
    `UPDATE messages SET status = ?, error_code = ?, content = content || coalesce(
        (SELECT string_agg(c.text, '' ORDER BY c."offset") FROM run_chunks c WHERE c.run_id = ?), '')
      WHERE id = ? RETURNING content, superseded_by`,
    end.status,
    end.errorCode ?? null,
    runId,
    messageId,
  );
  yield* all('DELETE FROM run_chunks WHERE run_id = ?', runId);
  const text = str(message, 'content');
  const closed = {
    runId,
    messageId,
    chatId: int(run, 'chat_id'),
    userId: int(run, 'user_id'),
    length: text.length,
  };
  yield* indexMessage({ userId: closed.userId, chatId: closed.chatId, messageId, text });
  return closed;
}
