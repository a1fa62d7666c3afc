import type { PageBounds } from './message-pages.ts';
import { all, int, type Row, type Script, str } from './script.ts';
import { ownerTerm } from './search-index.ts';
import { startOfPage } from './start-of-page.ts';

/** The characters that stand around a match in a snippet; private use, so that no text means them. */
export const snippetMarks = { open: '\uE000', close: '\uE001' } as const;

/** A found chat title (`messageId` null) or message. */
export interface StoredHit {
  readonly chatId: number;
  readonly messageId: number | null;
  /** Text around the match, with `snippetMarks` around each matched word. The last mark may lack its end. */
  readonly snippet: string;
}

/** Titles that are found before messages; more are not looked for. */
const mostTitles = 100;

/** Code points of a snippet, and those of them that may stand before the first match: words have no bound of their own. */
const snippetLength = 400;
const snippetLead = 150;

/** A shorter word is taken as it stands and not as the beginning of others, which every long text has by the hundred. */
const shortestPrefix = 3;

/** Scripts in which a character or two may be a word. */
const dense =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;

/** Whether there is enough to look for: two letters, or one character that may be a word. */
export const isEnoughToFind = (words: readonly string[]): boolean =>
  words.some((word) => Array.from(word).length > 1 || dense.test(word));

/**
 * Finds texts that have all the words, the last one as a prefix: titles first, and of each kind the newest first. The
 * index gives them in that order, so that only what a page holds is read, and only for that a snippet is made.
 * @param words words without FTS5's syntax; none finds nothing
 * @param page.bytes of the texts that snippets are made from
 */
export function* searchTexts(
  userId: number,
  words: readonly string[],
  page: PageBounds & { offset: number },
): Script<{ items: readonly StoredHit[]; more: boolean }> {
  if (words.length === 0) return { items: [], more: false };
  const query: Query = { userId, match: matchOf(userId, words) };
  const titles = yield* find(query, 'titles', sizes, { limit: mostTitles, offset: 0 });
  const wanted = page.limit + 1;
  const shown = titles.slice(page.offset, page.offset + wanted);
  const behind = Math.max(0, page.offset - titles.length);
  const messages = yield* find(query, 'messages', sizes, { limit: wanted - shown.length, offset: behind });
  const found = [...shown, ...messages];
  const count = startOfPage(found, page);
  const fromTitles = Math.min(count, shown.length);
  const hits = [
    ...(yield* find(query, 'titles', snippets, { limit: fromTitles, offset: page.offset })),
    ...(yield* find(query, 'messages', snippets, { limit: count - fromTitles, offset: behind })),
  ];
  return { items: hits.map(toHit), more: found.length > count };
}

function toHit(row: Row): StoredHit {
  const id = int(row, 'id');
  return {
    chatId: int(row, 'chat_id'),
    messageId: id < 0 ? null : id,
    snippet: str(row, 'snippet'),
  };
}

interface Query {
  readonly userId: number;
  readonly match: string;
}

function matchOf(userId: number, words: readonly string[]): string {
  const quoted = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ');
  const typed = words.at(-1) ?? '';
  const isPrefix = Array.from(typed).length >= shortestPrefix || dense.test(typed);
  return `owner:${ownerTerm(userId)} AND text:(${quoted}${isPrefix ? '*' : ''})`;
}

/** What is asked of each hit. Columns are made for the rows of a page only, also behind an OFFSET. */
type Column = (text: string) => { readonly column: string; readonly values: readonly (string | number)[] };

const sizes: Column = (text) => ({ column: `octet_length(${text}) AS bytes`, values: [] });

const snippets: Column = () => ({
  column: `substr(snippet(search_entries, 1, ?, ?, '…', 24),
            max(1, instr(snippet(search_entries, 1, ?, ?, '…', 24), ?) - ?), ?) AS snippet`,
  values: [
    snippetMarks.open,
    snippetMarks.close,
    snippetMarks.open,
    snippetMarks.close,
    snippetMarks.open,
    snippetLead,
    snippetLength,
  ],
});

/**
 * Reads hits in the order of the index: its rowid is a message's id, or minus the id of a chat for its title. CROSS
 * JOIN keeps the order of the tables, so that nothing is sorted and no more is read than is asked for.
 */
function* find(
  { match, userId }: Query,
  kind: 'titles' | 'messages',
  columnOf: Column,
  { limit, offset }: { limit: number; offset: number },
): Script<readonly Row[]> {
  if (limit === 0) return [];
  const { column, values } = columnOf(kind === 'titles' ? 'h.title' : 'm.content');
  const text =
    kind === 'titles'
      ? `SELECT s.rowid AS id, h.id AS chat_id, ${column}
           FROM search_entries s CROSS JOIN chats h ON h.id = -s.rowid
          WHERE search_entries MATCH ? AND s.rowid < 0 AND h.deleted_at IS NULL AND h.user_id = ?
          ORDER BY s.rowid LIMIT ? OFFSET ?`
      : `SELECT s.rowid AS id, m.chat_id, ${column}
           FROM search_entries s CROSS JOIN messages m ON m.id = s.rowid CROSS JOIN chats h ON h.id = m.chat_id
          WHERE search_entries MATCH ? AND s.rowid > 0 AND h.deleted_at IS NULL AND h.user_id = ?
          ORDER BY s.rowid DESC LIMIT ? OFFSET ?`;
  return yield* all(text, ...values, match, userId, limit, offset);
}
