import { all, int, type Row, str, type Transaction } from './transaction.ts';

/** A turn of the conversation that an AI backend is told. */
export interface HistoryTurn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** Lengths that are read at a time, and messages that are looked at in all: many may be empty. */
const stretch = 100;
const mostMessages = 2_000;

/** Most UTF-8 bytes of one UTF-16 code unit. */
const bytesPerUnit = 3;

/**
 * The path before a question, oldest first, without empty messages, within a budget of UTF-16 code units: the oldest
 * turns are dropped whole, a question together with its answer. Reads no more text than a few times the budget, and
 * looks at no more than 2,000 messages.
 */
export function* readHistory(
  chatId: number,
  questionId: number,
  budget: number,
): Transaction<readonly HistoryTurn[]> {
  const turns: HistoryTurn[] = [];
  let before = questionId;
  let left = budget;
  for (let looked = 0; looked < mostMessages; looked += stretch) {
    const sizes = yield* all(
      `SELECT id, octet_length(content) AS bytes FROM messages
        WHERE chat_id = ? AND superseded_by IS NULL AND id < ? ORDER BY id DESC LIMIT ?`,
      chatId,
      before,
      stretch,
    );
    for (const group of readable(sizes, budget * bytesPerUnit)) {
      const rows = yield* all(
        `SELECT id, role, content FROM messages
          WHERE chat_id = ? AND superseded_by IS NULL AND id < ? ORDER BY id DESC LIMIT ?`,
        chatId,
        before,
        group,
      );
      for (const row of rows) {
        const text = str(row, 'content');
        if (text.length > left) return startWithQuestion(turns);
        left -= text.length;
        before = int(row, 'id');
        if (text !== '') turns.push({ role: str(row, 'role') === 'user' ? 'user' : 'assistant', text });
      }
    }
    // One that is surely too long ends the history without being read.
    if (sizes.some((size) => int(size, 'bytes') > budget * bytesPerUnit)) return startWithQuestion(turns);
    if (sizes.length < stretch) return turns.toReversed();
  }
  return startWithQuestion(turns);
}

/** Sizes of groups of rows that may be read at once, up to the first row that is too large for any. */
function readable(sizes: readonly Row[], most: number): number[] {
  const groups: number[] = [];
  let count = 0;
  let bytes = 0;
  for (const size of sizes) {
    const more = int(size, 'bytes');
    if (more > most) break;
    if (count > 0 && bytes + more > most) {
      groups.push(count);
      count = 0;
      bytes = 0;
    }
    count += 1;
    bytes += more;
  }
  return count === 0 ? groups : [...groups, count];
}

function startWithQuestion(newestFirst: readonly HistoryTurn[]): readonly HistoryTurn[] {
  const turns = newestFirst.toReversed();
  const start = turns.findIndex((turn) => turn.role === 'user');
  return start === -1 ? [] : turns.slice(start);
}
