/** One piece of work for a hashing thread. */
export interface HashJob {
  /** Well-formed text; hashed as its raw UTF-8 bytes, without normalisation, as Werkzeug does. */
  readonly password: string;
  readonly salt: string;
  readonly rounds: number;
  /** Rounds to compute and throw away, so that an old hash takes as long as a new one. */
  readonly idleRounds: number;
}
