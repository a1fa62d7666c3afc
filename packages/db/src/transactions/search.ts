import type { PageBounds } from './message-pages.ts';
import { ownerTerm } from './search-index.ts';
import { isDense, pairsOf, partsOf, withoutBorders } from './search-words.ts';
import { startOfPage } from './start-of-page.ts';
import { all, int, type Row, str, type Transaction } from './transaction.ts';

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

/** Whether there is enough to look for: two letters, or one character that may be a word. */
export const isEnoughToFind = (words: readonly string[]): boolean =>
  words.some((word) => Array.from(word).length > 1 || isDense(word));

/**
 * Finds texts that have all the words, the last one as a prefix and those of scripts without spaces wherever they stand:
 * titles first, and of each kind the newest first. The index gives them in that order, so that only what a page holds is
 * read, and only for that a snippet is made.
 * @param words words without FTS5's syntax; none finds nothing
 * @param page.bytes of the texts that snippets are made from
 */
export function* searchTexts(
  userId: number,
  words: readonly string[],
  page: PageBounds & { offset: number },
): Transaction<{ items: readonly StoredHit[]; more: boolean }> {
  if (words.length === 0) return { items: [], more: false };
  const query = queryOf(userId, words);
  const titles = yield* find(query, 'titles', sizes, { limit: mostTitles, offset: 0 });
  const wanted = page.limit + 1;
  const shown = titles.slice(page.offset, page.offset + wanted);
  const behind = Math.max(0, page.offset - titles.length);
  const messages = yield* find(query, 'messages', sizes, { limit: wanted - shown.length, offset: behind });
  const found = [...shown, ...messages];
  const count = startOfPage(found, page);
  const fromTitles = Math.min(count, shown.length);
  const hits = [
    ...(yield* find(query, 'titles', query.snippets, { limit: fromTitles, offset: page.offset })),
    ...(yield* find(query, 'messages', query.snippets, { limit: count - fromTitles, offset: behind })),
  ];
  const items = hits.map((row): StoredHit => {
    const id = int(row, 'id');
    const snippet = query.snippetOf(row);
    return { chatId: int(row, 'chat_id'), messageId: id < 0 ? null : id, snippet };
  });
  return { items, more: found.length > count };
}

interface Query {
  readonly userId: number;
  readonly table: 'search_entries' | 'search_pairs';
  readonly match: string;
  /** What a snippet is made from, and how. */
  readonly snippets: Column;
  snippetOf(row: Row): string;
}

function queryOf(userId: number, words: readonly string[]): Query {
  const parts = words.flatMap((word) => partsOf(word));
  const [place] = parts.filter(isDense).toSorted((a, b) => b.length - a.length);
  const typed = parts.at(-1) ?? '';
  const isPrefix = !isDense(typed) && Array.from(typed).length >= shortestPrefix;
  const owner = `owner:${ownerTerm(userId)}`;
  if (place === undefined) {
    return {
      userId,
      table: 'search_entries',
      match: `${owner} AND text:(${words.map(quoted).join(' ')}${isPrefix ? '*' : ''})`,
      snippets,
      snippetOf: (row) => withoutBorders(str(row, 'snippet')),
    };
  }
  const terms = parts.map((each) => {
    if (!isDense(each)) return `text:${quoted(each)}${isPrefix && each === typed ? '*' : ''}`;
    const pairs = pairsOf(each);
    return pairs.length === 0 ? `signs:${quoted(each)}` : `text:${quoted(pairs.join(' '))}`;
  });
  return {
    userId,
    table: 'search_pairs',
    match: [owner, ...terms].join(' AND '),
    snippets: windowAround(place),
    snippetOf: (row) => markedWindow(row, parts),
  };
}

const quoted = (words: string): string => `"${words.replaceAll('"', '""')}"`;

/** What is asked of each hit. Columns are made for the rows of a page only, also behind an OFFSET. */
type Column = (text: string) => { readonly column: string; readonly values: readonly (string | number)[] };

/** The text around a stretch of a dense script: `search_pairs` has kept no text of which FTS5 could make a snippet. */
const windowAround =
  (stretch: string): Column =>
  (text) => ({
    column: `instr(${text}, ?) AS place, substr(${text}, max(1, instr(${text}, ?) - ?), ?) AS snippet`,
    values: [stretch, stretch, snippetLead, snippetLength],
  });

/** Puts marks around what was looked for. */
function markedWindow(row: Row, parts: readonly string[]): string {
  const text = str(row, 'snippet');
  const folded = text.toLowerCase();
  // A few capitals are longer in lower case; places in the one are then none in the other.
  const seen = folded.length === text.length ? folded : text;
  const ends = new Map<number, number>();
  for (const each of parts) {
    const wanted = each.toLowerCase();
    for (let at = seen.indexOf(wanted); at >= 0; at = seen.indexOf(wanted, at + wanted.length))
      if (isDense(each) || !/[\p{L}\p{N}]/u.test(seen.charAt(at - 1)) || isDense(seen.charAt(at - 1)))
        ends.set(at, Math.max(at + wanted.length, ends.get(at) ?? 0));
  }
  let marked = int(row, 'place') > snippetLead + 1 ? '…' : '';
  let from = 0;
  for (const [start, end] of [...ends].toSorted(([a], [b]) => a - b)) {
    if (start < from) continue;
    marked += text.slice(from, start) + snippetMarks.open + text.slice(start, end) + snippetMarks.close;
    from = end;
  }
  const isCut = text.length >= snippetLength && Array.from(text).length === snippetLength;
  return `${marked}${text.slice(from)}${isCut ? '…' : ''}`;
}

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
  { match, table, userId }: Query,
  kind: 'titles' | 'messages',
  columnOf: Column,
  { limit, offset }: { limit: number; offset: number },
): Transaction<readonly Row[]> {
  if (limit === 0) return [];
  const { column, values } = columnOf(kind === 'titles' ? 'h.title' : 'm.content');
  const text =
    kind === 'titles'
      ? `SELECT s.rowid AS id, h.id AS chat_id, ${column}
           FROM ${table} s CROSS JOIN chats h ON h.id = -s.rowid
          WHERE ${table} MATCH ? AND s.rowid < 0 AND h.deleted_at IS NULL AND h.user_id = ?
          ORDER BY s.rowid LIMIT ? OFFSET ?`
      : `SELECT s.rowid AS id, m.chat_id, ${column}
           FROM ${table} s CROSS JOIN messages m ON m.id = s.rowid CROSS JOIN chats h ON h.id = m.chat_id
          WHERE ${table} MATCH ? AND s.rowid > 0 AND h.deleted_at IS NULL AND h.user_id = ?
          ORDER BY s.rowid DESC LIMIT ? OFFSET ?`;
  return yield* all(text, ...values, match, userId, limit, offset);
}
