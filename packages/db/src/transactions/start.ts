import type { FeedChange } from '@amanda/contract';
import { keepClientKey, recallClientKey } from './client-keys.ts';
import { appendFeed } from './feed.ts';
import { type HistoryTurn, readHistory } from './history.ts';
import { ownedBy } from './messages.ts';
import { Refused } from './refused.ts';
import { indexMessage, indexTitle, unindex } from './search-index.ts';
import { all, exactlyOne, first, int, nullable, type Row, str, type Transaction } from './transaction.ts';

/** What every start of a run needs. */
export interface StartRun {
  readonly userId: number;
  readonly claim: string;
  readonly at: Date;
  /** How many runs one user may have at once. */
  readonly maxRunsPerUser: number;
  /** How much of the conversation the AI backend is told, in UTF-16 code units. */
  readonly historyBudget: number;
  readonly key: ClientKeyInput | undefined;
}

/** A client's key of idempotency with a hash of its call. */
export interface ClientKeyInput {
  readonly clientId: string;
  readonly inputHash: string;
}

/** The ids of a turn, also what a client's key remembers. */
export interface TurnIds {
  readonly chatId: number;
  readonly questionId: number;
  readonly messageId: number;
  readonly runId: number;
  /** Where in the message's text the run begins. */
  readonly startOffset: number;
}

/** A run that began, or one that began before under the same key. */
export type StartedRun =
  | { readonly repeated: true; readonly ids: TurnIds }
  | {
      readonly repeated: false;
      readonly ids: TurnIds;
      /** What the AI backend is asked and told. */
      readonly question: string;
      readonly history: readonly HistoryTurn[];
      readonly displayName: string | null;
      /** For a continued answer: the text so far, and how it stood. */
      readonly partial: {
        readonly text: string;
        readonly status: string;
        readonly errorCode: string | null;
      } | null;
    };

/** A question and the run of its answer. The first question names the chat, unless its user did. */
export function* startSend(
  input: StartRun & { chatId: number; text: string; title: string },
): Transaction<StartedRun> {
  const known = yield* recallClientKey<TurnIds>(input.userId, input.key);
  if (known !== undefined) return { repeated: true, ids: known };
  const chat = ownedBy(
    input.userId,
    yield* first(
      'SELECT user_id, deleted_at, title_source, last_message_id FROM chats WHERE id = ?',
      input.chatId,
    ),
  );
  yield* refuseSecondRun(input, input.chatId);

  const history = yield* readHistory(input.chatId, Number.MAX_SAFE_INTEGER, input.historyBudget);
  const questionId = yield* insertQuestion(input.chatId, input.text, 0, input.at);
  const answer = yield* insertAnswer(input, input.chatId, questionId, 0, 'send');
  yield* indexMessage({
    userId: input.userId,
    chatId: input.chatId,
    messageId: questionId,
    text: input.text,
  });

  const names = str(chat, 'title_source') === 'default' && int(chat, 'last_message_id') === 0;
  if (names) {
    yield* all(
      "UPDATE chats SET title = ?, title_source = 'message' WHERE id = ?",
      input.title,
      input.chatId,
    );
    yield* indexTitle(input.userId, input.chatId, input.title);
  }
  const ids = { chatId: input.chatId, questionId, ...answer, startOffset: 0 };
  return yield* finish(input, ids, input.text, history, [
    { type: 'message.added', chatId: input.chatId, messageId: questionId },
    ...(names ? [{ type: 'chat.renamed' as const, chatId: input.chatId }] : []),
  ]);
}

/** Another answer to the last question. The old answer becomes a version. */
export function* startRegenerate(input: StartRun & { messageId: number }): Transaction<StartedRun> {
  const known = yield* recallClientKey<TurnIds>(input.userId, input.key);
  if (known !== undefined) return { repeated: true, ids: known };
  const old = yield* lastAnswer(input, input.messageId);
  const chatId = int(old, 'chat_id');
  const questionId = int(old, 'reply_to');
  const question = yield* exactlyOne('SELECT content FROM messages WHERE id = ?', questionId);
  const history = yield* readHistory(chatId, questionId, input.historyBudget);
  const answer = yield* insertAnswer(input, chatId, questionId, groupOf(old, input.messageId), 'regenerate');
  yield* all('UPDATE messages SET superseded_by = ? WHERE id = ?', answer.messageId, input.messageId);
  yield* unindex([input.messageId]);
  const ids = { chatId, questionId, ...answer, startOffset: 0 };
  return yield* finish(input, ids, str(question, 'content'), history, [
    { type: 'message.superseded', chatId, messageId: input.messageId },
  ]);
}

/** Messages that one edit may turn into versions; they are one transaction. An AI backend is told no more of them either. */
const mostSuperseded = 2_000;

/**
 * Another question in the place of one on the path; that one and everything after it become versions. A question with more than
 * 2,000 messages after it stays as it is.
 */
export function* startEdit(input: StartRun & { messageId: number; text: string }): Transaction<StartedRun> {
  const known = yield* recallClientKey<TurnIds>(input.userId, input.key);
  if (known !== undefined) return { repeated: true, ids: known };
  const old = yield* ownMessage(input, input.messageId);
  const chatId = int(old, 'chat_id');
  yield* refuseSecondRun(input, chatId);
  if (str(old, 'role') !== 'user' || old['superseded_by'] !== null) throw new Refused('NOT_POSSIBLE');

  const after = yield* exactlyOne(
    `SELECT count(*) AS messages FROM
       (SELECT 1 FROM messages WHERE chat_id = ? AND superseded_by IS NULL AND id > ? LIMIT ?)`,
    chatId,
    input.messageId,
    mostSuperseded + 1,
  );
  if (int(after, 'messages') > mostSuperseded) throw new Refused('NOT_POSSIBLE');

  const history = yield* readHistory(chatId, input.messageId, input.historyBudget);
  const questionId = yield* insertQuestion(chatId, input.text, groupOf(old, input.messageId), input.at);
  const superseded = yield* all(
    `UPDATE messages SET superseded_by = ?
      WHERE chat_id = ? AND superseded_by IS NULL AND id >= ? AND id < ? RETURNING id`,
    questionId,
    chatId,
    input.messageId,
    questionId,
  );
  const answer = yield* insertAnswer(input, chatId, questionId, 0, 'edit');
  yield* unindex(superseded.map((row) => int(row, 'id')));
  yield* indexMessage({ userId: input.userId, chatId, messageId: questionId, text: input.text });
  const ids = { chatId, questionId, ...answer, startOffset: 0 };
  return yield* finish(input, ids, input.text, history, [
    { type: 'message.superseded', chatId, messageId: input.messageId },
    { type: 'message.added', chatId, messageId: questionId },
  ]);
}

/** Whether the model ended a complete answer because it had no more room. */
function* ranOut(messageId: number): Transaction<boolean> {
  const run = yield* first(
    'SELECT finish_reason FROM runs WHERE message_id = ? ORDER BY id DESC LIMIT 1',
    messageId,
  );
  return run !== undefined && nullable(str, run, 'finish_reason') === 'length';
}

/** Goes on with the last answer, which ended before it was complete, or at the model's length limit. Offsets go on, so that every place stays valid. */
export function* startContinue(input: StartRun & { messageId: number }): Transaction<StartedRun> {
  const known = yield* recallClientKey<TurnIds>(input.userId, input.key);
  if (known !== undefined) return { repeated: true, ids: known };
  const old = yield* lastAnswer(input, input.messageId);
  const status = str(old, 'status');
  const text = str(old, 'content');
  const isPartial =
    ['stopped', 'interrupted', 'failed'].includes(status) ||
    (status === 'complete' && (yield* ranOut(input.messageId)));
  if (text === '' || !isPartial) throw new Refused('NOT_POSSIBLE');

  const chatId = int(old, 'chat_id');
  const questionId = int(old, 'reply_to');
  const question = yield* exactlyOne('SELECT content FROM messages WHERE id = ?', questionId);
  const history = yield* readHistory(chatId, questionId, input.historyBudget);
  yield* all("UPDATE messages SET status = 'streaming', error_code = NULL WHERE id = ?", input.messageId);
  yield* unindex([input.messageId]);
  const runId = yield* insertRun(input, chatId, input.messageId, 'continue', text.length);
  const ids = { chatId, questionId, messageId: input.messageId, runId, startOffset: text.length };
  const partial = { text, status, errorCode: nullable(str, old, 'error_code') };
  return yield* finish(input, ids, str(question, 'content'), history, [], partial);
}

/**
 * Makes a new version of a continued answer's run, for an AI backend that does not know how to continue: the partial
 * answer ends as it stood, and the run writes a message of its own that supersedes it.
 * @returns the new message's id; undefined when the claim is gone
 */
export function* turnIntoVersion(input: {
  runId: number;
  claim: string;
  status: string;
  errorCode: string | null;
  at: Date;
}): Transaction<number | undefined> {
  const run = yield* first(
    `UPDATE runs SET start_offset = 0, length = 0, heartbeat_at = ?
      WHERE id = ? AND claim = ? AND status = 'streaming' RETURNING message_id, chat_id, user_id`,
    input.at,
    input.runId,
    input.claim,
  );
  if (run === undefined) return undefined;
  const [oldId, chatId, userId] = [int(run, 'message_id'), int(run, 'chat_id'), int(run, 'user_id')];
  const old = yield* exactlyOne('SELECT version_of, reply_to, content FROM messages WHERE id = ?', oldId);
  const messageId = yield* insertMessage(chatId, int(old, 'reply_to'), groupOf(old, oldId), input.at);
  yield* all(
    'UPDATE messages SET status = ?, error_code = ?, superseded_by = ? WHERE id = ?',
    input.status,
    input.errorCode,
    messageId,
    oldId,
  );
  yield* all('UPDATE runs SET message_id = ? WHERE id = ?', messageId, input.runId);
  yield* all('UPDATE chats SET last_message_id = ? WHERE id = ?', messageId, chatId);
  yield* appendFeed(
    userId,
    [
      { type: 'message.superseded', chatId, messageId: oldId },
      { type: 'run.started', chatId, messageId, runId: input.runId },
    ],
    input.at,
  );
  return messageId;
}

function* finish(
  input: StartRun,
  ids: TurnIds,
  question: string,
  history: readonly HistoryTurn[],
  entries: readonly FeedChange[],
  partial: Extract<StartedRun, { repeated: false }>['partial'] = null,
): Transaction<StartedRun> {
  yield* all(
    `UPDATE chats SET last_message_at = ?, last_message_id = ?,
            read_message_id = CASE WHEN read_message_id < ? THEN ? ELSE read_message_id END WHERE id = ?`,
    input.at,
    ids.messageId,
    ids.questionId,
    ids.questionId,
    ids.chatId,
  );
  const user = yield* exactlyOne('SELECT display_name FROM users WHERE id = ?', input.userId);
  yield* keepClientKey(input.userId, input.key, ids, input.at);
  const { chatId, messageId, runId } = ids;
  yield* appendFeed(
    input.userId,
    [...entries, { type: 'chat.moved', chatId }, { type: 'run.started', chatId, messageId, runId }],
    input.at,
  );
  return {
    repeated: false,
    ids,
    question,
    history,
    displayName: nullable(str, user, 'display_name'),
    partial,
  };
}

function* refuseSecondRun(input: StartRun, chatId: number): Transaction<void> {
  const active = yield* first('SELECT message_id FROM runs WHERE active_chat_id = ?', chatId);
  if (active !== undefined) throw new Refused('RUN_ACTIVE', int(active, 'message_id'));
  const running = yield* exactlyOne(
    'SELECT count(*) AS n FROM runs WHERE user_id = ? AND active_chat_id IS NOT NULL',
    input.userId,
  );
  if (int(running, 'n') >= input.maxRunsPerUser) throw new Refused('TOO_MANY_RUNS');
}

function* ownMessage(input: StartRun, messageId: number): Transaction<Row> {
  return ownedBy(
    input.userId,
    yield* first(
      `SELECT m.chat_id, m.role, m.status, m.content, m.error_code, m.version_of, m.reply_to, m.superseded_by,
              h.user_id, h.deleted_at, h.last_message_id
         FROM messages m JOIN chats h ON h.id = m.chat_id WHERE m.id = ?`,
      messageId,
    ),
  );
}

function* lastAnswer(input: StartRun, messageId: number): Transaction<Row> {
  const row = yield* ownMessage(input, messageId);
  yield* refuseSecondRun(input, int(row, 'chat_id'));
  const last = str(row, 'role') === 'assistant' && int(row, 'last_message_id') === messageId;
  if (!last || row['reply_to'] === null) throw new Refused('NOT_POSSIBLE');
  return row;
}

const groupOf = (row: Row, messageId: number): number =>
  int(row, 'version_of') === 0 ? messageId : int(row, 'version_of');

function* insertQuestion(chatId: number, text: string, versionOf: number, at: Date): Transaction<number> {
  const row = yield* exactlyOne(
    `INSERT INTO messages (chat_id, role, content, timestamp, status, version_of)
     VALUES (?, 'user', ?, ?, 'complete', ?) RETURNING id`,
    chatId,
    text,
    at,
    versionOf,
  );
  return int(row, 'id');
}

function* insertMessage(
  chatId: number,
  questionId: number,
  versionOf: number,
  at: Date,
): Transaction<number> {
  const row = yield* exactlyOne(
    `INSERT INTO messages (chat_id, role, content, timestamp, status, version_of, reply_to)
     VALUES (?, 'assistant', '', ?, 'streaming', ?, ?) RETURNING id`,
    chatId,
    at,
    versionOf,
    questionId,
  );
  return int(row, 'id');
}

function* insertAnswer(
  input: StartRun,
  chatId: number,
  questionId: number,
  versionOf: number,
  kind: string,
): Transaction<{ messageId: number; runId: number }> {
  const messageId = yield* insertMessage(chatId, questionId, versionOf, input.at);
  return { messageId, runId: yield* insertRun(input, chatId, messageId, kind, 0) };
}

/** Stores a new run, which is the chat's active one. @returns its id */
export function* insertRun(
  input: Pick<StartRun, 'userId' | 'claim' | 'at'>,
  chatId: number,
  messageId: number,
  kind: string,
  startOffset: number,
): Transaction<number> {
  const row = yield* exactlyOne(
    `INSERT INTO runs (message_id, chat_id, user_id, active_chat_id, kind, status, claim, start_offset, length,
                       started_at, heartbeat_at)
     VALUES (?, ?, ?, ?, ?, 'streaming', ?, ?, ?, ?, ?) RETURNING id`,
    messageId,
    chatId,
    input.userId,
    chatId,
    kind,
    input.claim,
    startOffset,
    startOffset,
    input.at,
    input.at,
  );
  return int(row, 'id');
}
