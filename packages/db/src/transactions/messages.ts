import { isMessageStatus, type MessageStatus } from '@amanda/contract';
import { Refused } from './refused.ts';
import { first, int, nullable, type Row, str, type Transaction, time } from './transaction.ts';

/** A message with its whole text, whether that is folded or still in the journal. */
export interface StoredMessage {
  readonly id: number;
  readonly chatId: number;
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly status: MessageStatus;
  readonly timestamp: Date;
  readonly errorCode: string | null;
  readonly replyTo: number | null;
  readonly versionIndex: number;
  readonly versionCount: number;
  readonly supersededBy: number | null;
  /** The newest run that wrote this message. */
  readonly run: StoredRun | null;
}

/** What a run says of itself. */
export interface StoredRun {
  readonly id: number;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly finishReason: string | null;
  readonly firstPieceMs: number | null;
  readonly durationMs: number | null;
}

/**
 * The one place that reads a message's text: the folded part and the journal behind it in a single statement, since
 * between two statements the journal may be folded. A folded message has no chunks, so the sum is right at any moment.
 */
export const selectMessages = `
  SELECT m.id, m.chat_id, m.role, m.status, m.timestamp, m.error_code, m.reply_to, m.superseded_by,
         m.content || coalesce(
           (SELECT string_agg(c.text, '' ORDER BY c."offset") FROM run_chunks c WHERE c.run_id = r.id), '') AS text,
         (SELECT count(*) FROM messages v
           WHERE v.id = CASE WHEN m.version_of = 0 THEN m.id ELSE m.version_of END
              OR v.version_of = CASE WHEN m.version_of = 0 THEN m.id ELSE m.version_of END) AS version_count,
         (SELECT count(*) FROM messages v
           WHERE v.id <= m.id AND (v.id = CASE WHEN m.version_of = 0 THEN m.id ELSE m.version_of END
              OR v.version_of = CASE WHEN m.version_of = 0 THEN m.id ELSE m.version_of END)) AS version_index,
         r.id AS run_id, r.model, r.input_tokens, r.output_tokens, r.finish_reason, r.first_piece_ms, r.duration_ms,
         h.user_id, h.deleted_at
    FROM messages m
    JOIN chats h ON h.id = m.chat_id
    LEFT JOIN runs r ON r.id = (SELECT max(x.id) FROM runs x WHERE x.message_id = m.id)`;

function statusOf(row: Row): MessageStatus {
  const status = str(row, 'status');
  if (!isMessageStatus(status))
    throw new TypeError(`message ${int(row, 'id')} has the unknown status ${status}`);
  return status;
}

/** Makes a message of a row of {@link selectMessages}. */
export function toMessage(row: Row): StoredMessage {
  return {
    id: int(row, 'id'),
    chatId: int(row, 'chat_id'),
    role: str(row, 'role') === 'user' ? 'user' : 'assistant',
    text: str(row, 'text'),
    status: statusOf(row),
    timestamp: time(row, 'timestamp'),
    errorCode: nullable(str, row, 'error_code'),
    replyTo: nullable(int, row, 'reply_to'),
    versionIndex: int(row, 'version_index'),
    versionCount: int(row, 'version_count'),
    supersededBy: nullable(int, row, 'superseded_by'),
    run:
      row['run_id'] === null
        ? null
        : {
            id: int(row, 'run_id'),
            model: nullable(str, row, 'model'),
            inputTokens: nullable(int, row, 'input_tokens'),
            outputTokens: nullable(int, row, 'output_tokens'),
            finishReason: nullable(str, row, 'finish_reason'),
            firstPieceMs: nullable(int, row, 'first_piece_ms'),
            durationMs: nullable(int, row, 'duration_ms'),
          },
  };
}

/** Refuses what is not there, deleted, or another user's. */
export function ownedBy(userId: number, row: Row | undefined): Row {
  // What is deleted is gone for everybody, so that its tombstone tells strangers nothing.
  if (row === undefined || row['deleted_at'] !== null) throw new Refused('NOT_FOUND');
  if (int(row, 'user_id') !== userId) throw new Refused('FOREIGN');
  return row;
}

/** Reads one message of the user. */
export function* readMessage(userId: number, messageId: number): Transaction<StoredMessage> {
  return toMessage(ownedBy(userId, yield* first(`${selectMessages} WHERE m.id = ?`, messageId)));
}

/** Reads one message whosever it is; undefined when it or its chat is gone. */
export function* readAnyMessage(messageId: number): Transaction<StoredMessage | undefined> {
  const row = yield* first(`${selectMessages} WHERE m.id = ? AND h.deleted_at IS NULL`, messageId);
  return row === undefined ? undefined : toMessage(row);
}
