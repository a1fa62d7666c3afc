import { randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { AmandaError } from '../errors/amanda-error.ts';
import type { Log } from '../log/log.ts';
import { createHashPool } from './hash-pool.ts';
import { formatHash, largestRounds, parseHash } from './werkzeug.ts';

/** OWASP's figure for PBKDF2-HMAC-SHA256, https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
export const defaultRounds = 600_000;

/** How passwords are hashed; everything has a default. */
export interface PasswordOptions {
  /** Rounds of new hashes; others are brought to it at the next login. */
  readonly rounds?: number | undefined;
  /**
   * How the stored hashes begin, up to the first `$` at least. Every comparison costs as much as that of the most rounds
   * among them, so that its time does not tell such an account from others, or from none.
   */
  readonly storedForms?: readonly string[] | undefined;
  /** A stored count above this is refused, not computed. */
  readonly maxRounds?: number | undefined;
  /** Threads that hash; all cores but one by default, at least one. */
  readonly threads?: number | undefined;
  /** Jobs that may wait for a thread. */
  readonly queue?: number | undefined;
  readonly log: Log;
}

/** What a comparison found. */
export interface Verdict {
  readonly matches: boolean;
  /** The password was right and its hash has other rounds than new ones get. */
  readonly outdated: boolean;
}

/** Hashes and compares passwords, in threads of its own. Every method may throw HASH_QUEUE_FULL and SHUTTING_DOWN. */
export interface Passwords extends AsyncDisposable {
  /** A new hash in Werkzeug's text form, with a random salt. */
  hash(password: string): Promise<string>;
  /**
   * Compares in constant time. Without a stored hash, and with one that must not be computed, a dummy is computed, so
   * that nobody learns from the time whether the account exists.
   */
  verify(password: string, stored: string | null): Promise<Verdict>;
  /**
   * Takes a place for somebody who is about to hash, before anything else is done for them; dispose of it afterwards.
   * @throws HASH_QUEUE_FULL at once when there are as many as can run and wait
   */
  reserve(): Disposable;
  close(): Promise<void>;
}

/** Makes the hasher; close it to end its threads. */
export function createPasswords(options: PasswordOptions): Passwords {
  const rounds = options.rounds ?? defaultRounds;
  const maxRounds = Math.max(options.maxRounds ?? 2_000_000, rounds);
  const slowest = Math.max(largestRounds(options.storedForms ?? [], maxRounds), rounds);
  const threads = options.threads ?? Math.max(availableParallelism() - 1, 1);
  const queue = options.queue ?? 16;
  const pool = createHashPool({ threads, queue });
  let taken = 0;
  const dummy = { rounds, salt: 'nobody', key: randomBytes(32) };

  return {
    async hash(password) {
      const salt = randomBytes(16).toString('hex');
      return formatHash({ rounds, salt, key: await pool.run({ password, salt, rounds, idleRounds: 0 }) });
    },
    async verify(password, stored) {
      const parsed = stored === null ? null : parseHash(stored, maxRounds);
      if (stored !== null && parsed === null) {
        options.log.warn({}, 'a stored password hash is malformed or has too many rounds; it was refused');
      }
      const expected = parsed ?? dummy;
      const idleRounds = slowest - expected.rounds;
      const key = await pool.run({ password, salt: expected.salt, rounds: expected.rounds, idleRounds });
      // A lone surrogate becomes U+FFFD in UTF-8 and would match another password.
      const matches = timingSafeEqual(key, expected.key) && parsed !== null && password.isWellFormed();
      return { matches, outdated: matches && expected.rounds !== rounds };
    },
    reserve() {
      if (taken >= threads + queue)
        throw new AmandaError('HASH_QUEUE_FULL', { details: { retryAfterSeconds: 1 } });
      taken += 1;
      return {
        [Symbol.dispose]() {
          taken -= 1;
        },
      };
    },
    close: () => pool.close(),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
