/** A value that a statement can take. */
export type Value = string | number | null | Date;

/** A row as the driver gives it; a time is text on SQLite and a Date on PostgreSQL. */
export type Row = Readonly<Record<string, string | number | null | Date>>;

/** One prepared statement, with `?` for each value. It has run on SQLite only: another database may want another text. */
export interface Statement {
  readonly text: string;
  readonly values: readonly Value[];
}

/**
 * A transaction that does not know how it is driven: a generator that yields statements and is given their rows. SQLite
 * runs it to its end synchronously; an asynchronous driver, which there is none of yet, would await each statement.
 * Neither can await anything else in between.
 */
export type Transaction<T> = Generator<Statement, T, readonly Row[]>;

/** Runs transactions. One that throws is rolled back. */
export interface TransactionRunner {
  /** @throws StorageError when the database refuses; whatever the transaction throws */
  write<T>(transaction: () => Transaction<T>): Promise<T>;
  /** For a transaction that only reads, whose statements must see one state of the database. */
  snapshot<T>(transaction: () => Transaction<T>): Promise<T>;
  /** For a transaction of one statement that only reads. */
  read<T>(transaction: () => Transaction<T>): Promise<T>;
}

/** Runs a statement and gives all its rows. */
export function* all(text: string, ...values: Value[]): Transaction<readonly Row[]> {
  return yield { text, values };
}

/** Runs a statement and gives its first row. */
export function* first(text: string, ...values: Value[]): Transaction<Row | undefined> {
  return (yield { text, values })[0];
}

/** Runs a statement that must give a row, such as an INSERT … RETURNING. */
export function* exactlyOne(text: string, ...values: Value[]): Transaction<Row> {
  const row = (yield { text, values })[0];
  if (row === undefined) throw new Error(`a statement that always gives a row gave none: ${text}`);
  return row;
}

/** Reads a whole number from a row. */
export function int(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`${column} is no number`);
  return value;
}

/** Reads a text from a row. */
export function str(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`${column} is no text`);
  return value;
}

/** Reads a time from a row. */
export function time(row: Row, column: string): Date {
  const value = row[column];
  if (value instanceof Date) return value;
  if (typeof value !== 'string') throw new TypeError(`${column} is no time`);
  return new Date(value);
}

/** Reads a column that may be null. A column that the statement did not ask for is a mistake, not null. */
export function nullable<T>(read: (row: Row, column: string) => T, row: Row, column: string): T | null {
  return row[column] === null ? null : read(row, column);
}
