import BetterSqlite3 from 'better-sqlite3';
import { temporaryDatabase } from '../src/temporary.ts';
import { toDbTime } from '../src/time.ts';
import { entriesOf, ownerTerm } from '../src/transactions/search-index.ts';
import type { Row, Transaction } from '../src/transactions/transaction.ts';
import { someone } from './fixtures.ts';

/** A user with one chat, and a runner of transactions that counts what it reads. */
export async function counted() {
  const db = await temporaryDatabase();
  const { id: userId } = await db.prisma.user.create({ data: someone('ada@example.org') });
  const { id: chatId } = await db.transactions.createChat(userId, undefined, new Date(0));
  const raw = new BetterSqlite3(db.file);
  const add = raw.prepare(
    "INSERT INTO messages (chat_id, role, content, timestamp) VALUES (?, ?, ?, '1970-01-01T00:00:00.000+00:00')",
  );

  /** Stores messages of a chat, questions and answers in turn; @returns their ids */
  const say = (texts: readonly string[], options: { chat?: number; found?: boolean } = {}): number[] =>
    raw.transaction(() =>
      texts.map((text, at) => {
        const chat = options.chat ?? chatId;
        const id = Number(add.run(chat, at % 2 === 0 ? 'user' : 'assistant', text).lastInsertRowid);
        if (options.found === true) {
          for (const { text: sql, values } of entriesOf(id, ownerTerm(userId), chat, text))
            raw.prepare(sql).run(...values);
        }
        return id;
      }),
    )();

  /** Runs a transaction. @returns its result, the rows that it read and the UTF-8 bytes of their texts */
  const run = <T>(
    transaction: Transaction<T>,
  ): { result: T; rows: number; bytes: number; statements: number } => {
    const count = { rows: 0, bytes: 0, statements: 0 };
    const result = raw.transaction(() => {
      let step = transaction.next([]);
      while (step.done !== true) {
        const { text, values } = step.value;
        const statement = raw.prepare<unknown[], Row>(text);
        const bound = values.map((value) => (value instanceof Date ? toDbTime(value) : value));
        const rows = statement.reader ? statement.all(...bound) : (statement.run(...bound), []);
        count.statements += 1;
        count.rows += rows.length;
        for (const row of rows)
          for (const value of Object.values(row))
            if (typeof value === 'string') count.bytes += Buffer.byteLength(value);
        step = transaction.next(rows);
      }
      return step.value;
    })();
    return { result, ...count };
  };

  /** Runs a transaction, and gives how SQLite goes about each of its statements. */
  const plansOf = (transaction: Transaction<unknown>): string[][] => {
    const plans: string[][] = [];
    let step = transaction.next([]);
    while (step.done !== true) {
      const { text, values } = step.value;
      const plan = raw.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(...values);
      plans.push(plan.map(({ detail }) => detail));
      step = transaction.next(raw.prepare<unknown[], Row>(text).all(...values));
    }
    return plans;
  };

  return {
    db,
    raw,
    plansOf,
    userId,
    chatId,
    say,
    run,
    async [Symbol.asyncDispose]() {
      raw.close();
      await db.close();
    },
  };
}
