import type { PrismaClient } from '../generated/sqlite/client.ts';
import type { StorageError } from './errors/storage-error.ts';
import type { Tables } from './tables/index.ts';
import type { Transactions } from './transactions/index.ts';

/**
 * The Prisma client, for single statements, inside this package and in tests. It has no `$transaction`: transactions
 * belong to `transactions`, where nothing can be awaited while they are open.
 */
export type Queries = Omit<PrismaClient, `$${'transaction' | 'connect' | 'disconnect' | 'extends' | 'on'}`>;

/**
 * An open database. Whoever opened it closes it. Whatever writes the feed or more than one table is a
 * generator in `transactions`; Prisma does the reads and writes of one table, by their nouns. All of it rejects with
 * `StorageError` when the database refuses.
 */
export interface Database extends Tables, AsyncDisposable {
  readonly transactions: Transactions;
  /** Changes when the database is made anew or restored: positions in a change feed hold only within one epoch. */
  readonly feedEpoch: string;
  /**
   * Finds out whether the database can be written now: room, lock, damage, and whether the file is still its own. At most
   * one small write a second, however many ask.
   * @returns why not; null when it can
   */
  health(): Promise<StorageError | null>;
  /**
   * Resolves when the file turns out to have been deleted or replaced: what is written then would be lost, so from there
   * on everything is refused. Never rejects.
   */
  readonly gone: Promise<StorageError>;
  /** After {@link gone}: where a copy of all that the database held was put; null when none could be made. */
  rescued(): Promise<string | null>;
  /**
   * Says that the writes of the start are done. If a crash left a large WAL, a thread of its own folds it into the file
   * now; no commit does before.
   * @returns when it is done; never rejects. `close` waits for it
   */
  foldLog(): Promise<void>;
  /** Lets what has been asked for finish, folds the WAL into the file, closes. May be called again. */
  close(): Promise<void>;
}

/** Where the database reports what an operator may want to know. */
export type DatabaseLog = (level: 'debug' | 'info' | 'warn' | 'error', fields: object, text: string) => void;

/** How to open a database. */
export interface OpenOptions {
  /** `file:PATH`, `sqlite:///RELATIVE` or `sqlite:////ABSOLUTE`. The file is made if missing, its folder is not. */
  readonly url: string;
  readonly log?: DatabaseLog;
  /** The folder with the migrations, when the package does not lie beside it (a bundle). */
  readonly migrationsFolder?: string;
  /** How long the locks of other processes are waited for, in milliseconds. @default 15 s */
  readonly patienceMs?: number;
  /** For tests: told each statement, with its values, before it runs; what it throws becomes that statement's error. */
  readonly onStatement?: (sql: string) => void;
}
