/** What the thread is told that folds a WAL. */
export interface FoldJob {
  /** The absolute path of the database. */
  readonly file: string;
  /** How many pages written meanwhile it leaves to the connection that writes them. */
  readonly restPages: number;
}
