import { ownedBy, type StoredMessage, selectMessages, toMessage } from './messages.ts';
import { startOfPage } from './start-of-page.ts';
import { all, first, int, type Row, type Transaction } from './transaction.ts';

/** How much one page may hold. */
export interface PageBounds {
  /** Items. */
  readonly limit: number;
  /** UTF-8 bytes of text. An item that is larger by itself is a page of its own. */
  readonly bytes: number;
}

/** The room that a message's text takes, read without reading the text: `m` is the message. */
const textBytes = `octet_length(m.content) + coalesce(
  (SELECT sum(octet_length(c.text)) FROM run_chunks c WHERE c.run_id IN
    (SELECT r.id FROM runs r WHERE r.message_id = m.id)), 0) AS bytes`;

/** A page of a chat's path. Items are oldest first; `more` says whether the walk goes on. */
export function* listMessages(
  userId: number,
  chatId: number,
  page: PageBounds & { cursor: number | undefined; direction: 'backward' | 'forward' },
): Transaction<{ items: readonly StoredMessage[]; more: boolean }> {
  ownedBy(userId, yield* first('SELECT user_id, deleted_at FROM chats WHERE id = ?', chatId));
  const backward = page.direction === 'backward';
  const order = backward ? 'DESC' : 'ASC';
  const onward = `m.chat_id = ? AND m.superseded_by IS NULL AND m.id ${backward ? '<' : '>'} ?`;
  const from = page.cursor ?? (backward ? Number.MAX_SAFE_INTEGER : 0);
  const candidates = yield* all(
    `SELECT m.id, ${textBytes} FROM messages m WHERE ${onward} ORDER BY m.id ${order} LIMIT ?`,
    chatId,
    from,
    page.limit + 1,
  );
  const count = startOfPage(candidates, page);
  const rows =
    count === 0
      ? []
      : yield* all(`${selectMessages} WHERE ${onward} ORDER BY m.id ${order} LIMIT ?`, chatId, from, count);
  const items = rows.map(toMessage);
  return { items: backward ? items.toReversed() : items, more: candidates.length > count };
}

/** A place in a walk over a message's versions: the last message of the page before, and the version it followed. */
export interface VersionPlace {
  readonly versionId: number;
  readonly messageId: number;
}

/** A version of a message, with messages that left (or share) the path together with it. */
interface StoredVersion {
  readonly message: StoredMessage;
  readonly followedBy: readonly StoredMessage[];
}

/**
 * A page of the versions of a message, oldest first. A version with more after it than fits is named again by the next
 * page, with what comes then; `next` is the place to go on from, null at the end.
 */
export function* listVersions(
  userId: number,
  messageId: number,
  page: PageBounds & { cursor: VersionPlace | undefined },
): Transaction<{ items: readonly StoredVersion[]; next: VersionPlace | null }> {
  const own = ownedBy(
    userId,
    yield* first(
      `SELECT m.version_of, m.chat_id, h.user_id, h.deleted_at
         FROM messages m JOIN chats h ON h.id = m.chat_id WHERE m.id = ?`,
      messageId,
    ),
  );
  const group = int(own, 'version_of') === 0 ? messageId : int(own, 'version_of');
  const versions = yield* all(
    `SELECT m.id, m.chat_id, m.superseded_by, ${textBytes}
       FROM messages m WHERE (m.id = ? OR m.version_of = ?) AND m.id >= ? ORDER BY m.id LIMIT ?`,
    group,
    group,
    page.cursor?.versionId ?? 0,
    // One more than fits, and the one that is named again.
    page.limit + 2,
  );

  const items: StoredVersion[] = [];
  let last: VersionPlace | null = null;
  let left: PageBounds = page;
  for (const version of versions) {
    const versionId = int(version, 'id');
    const begun = page.cursor?.versionId === versionId ? page.cursor : undefined;
    const after = begun?.messageId ?? versionId;
    // A version that is only named again takes no room, so that each page brings something new.
    if (begun === undefined) {
      if (startOfPage([version], left, last === null) === 0) return { items, next: last };
      left = less(left, [version]);
      last = { versionId, messageId: versionId };
    }
    const followers = yield* bytesAfter(version, after, left.limit + 1);
    const count = startOfPage(followers, left, last === null);
    left = less(left, followers.slice(0, count));
    if (begun === undefined || count > 0) {
      items.push({ message: yield* readOne(versionId), followedBy: yield* readAfter(version, after, count) });
    }
    const end = followers[count - 1];
    if (end !== undefined) last = { versionId, messageId: int(end, 'id') };
    if (followers.length > count) return { items, next: last };
  }
  return { items, next: null };
}

const less = ({ bytes, limit }: PageBounds, rows: readonly Row[]): PageBounds => ({
  limit: limit - rows.length,
  bytes: bytes - rows.reduce((sum, row) => sum + int(row, 'bytes'), 0),
});

/** What followed a version: what the same message took off the path, or what is on the path. */
function following(version: Row, after: number): { where: string; values: number[] } {
  const by = version['superseded_by'];
  const chatId = int(version, 'chat_id');
  return typeof by === 'number'
    ? { where: 'm.chat_id = ? AND m.superseded_by = ? AND m.id > ?', values: [chatId, by, after] }
    : { where: 'm.chat_id = ? AND m.superseded_by IS NULL AND m.id > ?', values: [chatId, after] };
}

function* bytesAfter(version: Row, after: number, limit: number): Transaction<readonly Row[]> {
  const { where, values } = following(version, after);
  return yield* all(
    `SELECT m.id, ${textBytes} FROM messages m WHERE ${where} ORDER BY m.id LIMIT ?`,
    ...values,
    limit,
  );
}

function* readAfter(version: Row, after: number, count: number): Transaction<readonly StoredMessage[]> {
  if (count === 0) return [];
  const { where, values } = following(version, after);
  const rows = yield* all(`${selectMessages} WHERE ${where} ORDER BY m.id LIMIT ?`, ...values, count);
  return rows.map(toMessage);
}

function* readOne(messageId: number): Transaction<StoredMessage> {
  const rows = yield* all(`${selectMessages} WHERE m.id = ?`, messageId);
  const [message] = rows.map(toMessage);
  if (message === undefined) throw new Error(`message ${messageId} went away within a transaction`);
  return message;
}
