import type BetterSqlite3 from 'better-sqlite3';
import { entriesOf } from '../transactions/search-index.ts';
import { isDense } from '../transactions/search-words.ts';

/** What SQL alone cannot do of a migration, done in the same transaction, by the migration's name. */
export const completions: ReadonlyMap<string, (raw: BetterSqlite3.Database) => void> = new Map([
  ['20261125155500_search_pairs', indexPairs],
]);

interface Entry {
  rowid: number;
  owner: string;
  text: string;
  chat_id: number;
}

const batch = 50;

/** Indexes anew each text that has no spaces between its words. */
function indexPairs(raw: BetterSqlite3.Database): void {
  // FTS5 takes a bound that is no integer for none at all, and would begin at the first row each time.
  const next = raw
    .prepare<[bigint, number], Entry>(
      'SELECT rowid, owner, text, chat_id FROM search_entries WHERE rowid > ? ORDER BY rowid LIMIT ?',
    )
    .safeIntegers(false);
  const remove = raw.prepare('DELETE FROM search_entries WHERE rowid = ?');
  const prepared = new Map<string, BetterSqlite3.Statement>();
  let entries = next.all(BigInt(Number.MIN_SAFE_INTEGER), batch);
  while (entries.length > 0) {
    for (const { chat_id: chatId, owner, rowid, text } of entries) {
      if (!isDense(text)) continue;
      const statements = entriesOf(rowid, owner, chatId, text);
      // Most stand there already as they should.
      const isSame = statements[0]?.values.includes(text) === true;
      if (!isSame) remove.run(rowid);
      for (const { text: sql, values } of isSame ? statements.slice(1) : statements) {
        const insert = prepared.get(sql) ?? raw.prepare(sql);
        prepared.set(sql, insert);
        insert.run(...values);
      }
    }
    entries = next.all(BigInt(entries.at(-1)?.rowid ?? 0), batch);
  }
}
