import { appendFeed } from './feed.ts';
import { type HistoryTurn, readHistory } from './history.ts';
import { type ClosedRun, closeRun, endEntry, takeRun } from './journal.ts';
import { insertRun } from './start.ts';
import {
  all,
  exactlyOne,
  first,
  int,
  nullable,
  type Row,
  str,
  type Transaction,
  time,
} from './transaction.ts';

/** How a start treats the runs that it finds open. */
export interface RecoverRuns {
  /** The new process's; runs that carry it already are left alone. */
  readonly claim: string;
  readonly at: Date;
  /** Runs that one transaction takes. */
  readonly limit: number;
  /** Which answers go on; null: none does. */
  readonly goOn: {
    /** The oldest heartbeat, in milliseconds before `at`. */
    readonly maxAgeMs: number;
    /** Answers of this length are not continued, in UTF-16 code units. */
    readonly maxLength: number;
    /** Whether those that have text may be continued. */
    readonly partial: boolean;
  } | null;
}

/** An answer that a new run goes on with. */
export interface ContinuedRun {
  readonly runId: number;
  readonly messageId: number;
  readonly chatId: number;
  readonly userId: number;
  /** Where the new run begins, in UTF-16 code units. */
  readonly startOffset: number;
}

/** What became of some runs that were open. */
export interface Recovered {
  readonly ended: readonly ClosedRun[];
  /** In the order in which they were asked for. */
  readonly continued: readonly ContinuedRun[];
}

/**
 * Takes up runs that no living process writes, oldest first: each old run ends as `interrupted`; where its answer may
 * go on a new run begins on the same message in the same transaction, so that the message never leaves `streaming`.
 * Call again until it gives nothing.
 */
export function* recoverRuns(input: RecoverRuns): Transaction<Recovered> {
  const open = yield* all(
    `SELECT r.id, r.message_id, r.chat_id, r.user_id, r.length, r.heartbeat_at,
            CASE WHEN h.deleted_at IS NULL AND u.disabled_at IS NULL AND m.superseded_by IS NULL
                  AND m.reply_to IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM runs x WHERE x.message_id = r.message_id AND x.kind = 'recovery')
                 THEN 1 ELSE 0 END AS reachable
       FROM runs r
       JOIN messages m ON m.id = r.message_id
       JOIN chats h ON h.id = m.chat_id
       JOIN users u ON u.id = h.user_id
      WHERE r.active_chat_id IS NOT NULL AND r.claim <> ? ORDER BY r.id LIMIT ?`,
    input.claim,
    input.limit,
  );
  const ended: ClosedRun[] = [];
  const continued: ContinuedRun[] = [];
  for (const row of open) {
    if (mayGoOn(row, input)) {
      continued.push(yield* startRecovery(row, input));
    } else {
      const closed = yield* closeRun(int(row, 'id'), null, { status: 'interrupted' }, input.at);
      if (closed !== undefined) ended.push(closed);
    }
  }
  return { ended, continued };
}

function mayGoOn(row: Row, { at, goOn }: RecoverRuns): boolean {
  if (goOn === null || int(row, 'reachable') === 0) return false;
  const age = at.getTime() - time(row, 'heartbeat_at').getTime();
  // A heartbeat in the future says that the clock is wrong, and so nothing of how long ago it was.
  if (!(age >= 0 && age <= goOn.maxAgeMs)) return false;
  const length = int(row, 'length');
  return length < goOn.maxLength && (length === 0 || goOn.partial);
}

function* startRecovery(row: Row, { claim, at }: RecoverRuns): Transaction<ContinuedRun> {
  const [old, messageId] = [int(row, 'id'), int(row, 'message_id')];
  const [chatId, userId, startOffset] = [int(row, 'chat_id'), int(row, 'user_id'), int(row, 'length')];
  yield* takeRun(old, null, { status: 'interrupted' }, at);
  // Not through the fold of an end: the message is not searched before it has ended, and its status stays.
  yield* all(
    `UPDATE messages SET content = content || coalesce(
        (SELECT string_agg(c.text, '' ORDER BY c."offset") FROM run_chunks c WHERE c.run_id = ?), '')
      WHERE id = ?`,
    old,
    messageId,
  );
  yield* all('DELETE FROM run_chunks WHERE run_id = ?', old);
  const runId = yield* insertRun({ userId, claim, at }, chatId, messageId, 'recovery', startOffset);
  yield* appendFeed(
    userId,
    [endEntry({ chatId, messageId, runId: old }), { type: 'run.started', chatId, messageId, runId }],
    at,
  );
  return { runId, messageId, chatId, userId, startOffset };
}

/**
 * Lets go of a run without ending it: the next start takes it up. Its text must be committed.
 * @returns false when it had ended, or is another writer's
 */
export function* handOver(runId: number, claim: string, at: Date): Transaction<boolean> {
  const row = yield* first(
    `UPDATE runs SET claim = 'free', heartbeat_at = ?
      WHERE id = ? AND claim = ? AND status = 'streaming' RETURNING id`,
    at,
    runId,
    claim,
  );
  return row !== undefined;
}

/** What the AI backend is asked and told for a run. */
export interface RunTurn {
  readonly question: string;
  readonly history: readonly HistoryTurn[];
  readonly displayName: string | null;
  /** The answer so far, without what is in the journal. */
  readonly text: string;
}

/**
 * Reads what a run is about. While it is active nothing of it changes: its chat takes no other turn.
 * @param historyBudget in UTF-16 code units
 * @returns undefined when it has ended, or is another writer's
 */
export function* readTurn(
  runId: number,
  claim: string,
  historyBudget: number,
): Transaction<RunTurn | undefined> {
  const run = yield* first(
    `SELECT r.chat_id, r.user_id, m.reply_to, m.content
       FROM runs r JOIN messages m ON m.id = r.message_id
      WHERE r.id = ? AND r.claim = ? AND r.status = 'streaming' AND m.reply_to IS NOT NULL`,
    runId,
    claim,
  );
  if (run === undefined) return undefined;
  const questionId = int(run, 'reply_to');
  const question = yield* exactlyOne('SELECT content FROM messages WHERE id = ?', questionId);
  const user = yield* exactlyOne('SELECT display_name FROM users WHERE id = ?', int(run, 'user_id'));
  return {
    question: str(question, 'content'),
    history: yield* readHistory(int(run, 'chat_id'), questionId, historyBudget),
    displayName: nullable(str, user, 'display_name'),
    text: str(run, 'content'),
  };
}

const continuesKey = 'ai_continues';

/**
 * Whether an AI backend knows how to continue, as it last showed; undefined when it never did, or another one was asked
 * since.
 * @param backend names it
 */
export function* recallContinues(backend: string): Transaction<boolean | undefined> {
  const row = yield* first('SELECT value FROM settings WHERE key = ?', continuesKey);
  const value = row === undefined ? undefined : str(row, 'value');
  if (value === `yes ${backend}`) return true;
  return value === `no ${backend}` ? false : undefined;
}

/** Keeps what an AI backend has just shown. */
export function* rememberContinues(backend: string, knows: boolean): Transaction<void> {
  yield* all(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    continuesKey,
    `${knows ? 'yes' : 'no'} ${backend}`,
  );
}
