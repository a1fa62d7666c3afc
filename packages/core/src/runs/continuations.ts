import type { Transactions } from '@amanda/db';
import type { Log } from '../log/log.ts';

/** One automatic continuation, in the order of the answers. */
export interface Continuation {
  /**
   * Waits for its turn.
   * @returns false when it must not be made: the AI backend does not know how to continue
   * @throws the signal's reason when that aborts
   */
  turn(signal: AbortSignal): Promise<boolean>;
  /** Makes room for the next one. @param withdrawn whether it was ended before anybody answered */
  leave(withdrawn: boolean): void;
}

/** Lets automatic continuations happen, a few at a time, and keeps whether the AI backend knows how to continue. */
export interface Continuations {
  /** Whether it knows; undefined when it has not shown it. */
  readonly known: boolean | undefined;
  /** Reads what it showed to earlier processes. */
  recall(): Promise<void>;
  /** What it has just shown. */
  learn(knows: boolean): void;
  /** @param partial whether there is text to go on from; if not, the question is simply asked anew */
  enter(partial: boolean): Continuation;
  /** Resolves when what was learnt is stored. */
  close(): Promise<void>;
}

interface Waiting {
  readonly partial: boolean;
  /** Counted in the order of the answers. */
  readonly number: number;
  readonly decide: (may: boolean) => void;
}

/** @param options.atOnce how many may be made at the same time */
export function createContinuations(options: {
  transactions: Pick<Transactions, 'recallContinues' | 'rememberContinues'>;
  log: Log;
  /** Names the AI backend: what another one knew says nothing. */
  backend: string;
  atOnce: number;
}): Continuations {
  const { transactions, log, backend, atOnce } = options;
  // Each oldest first. Those that go on from a text may have to wait for what the AI backend knows; the others need not.
  const partial = new Set<Waiting>();
  const fresh = new Set<Waiting>();
  const writes = new Set<Promise<void>>();
  let known: boolean | undefined;
  let entered = 0;
  let atWork = 0;
  /** The one that finds out whether the AI backend knows; there is one per start. */
  let asking: Waiting | undefined;
  let asked = false;

  const next = (): Waiting | undefined => {
    const [one] = fresh;
    const [other] = known === true || !asked ? partial : [];
    if (one === undefined || other === undefined) return one ?? other;
    return one.number < other.number ? one : other;
  };

  const startNext = (): void => {
    if (known === false || (known === undefined && asked && asking === undefined)) {
      for (const one of partial) one.decide(false);
      partial.clear();
    }
    while (atWork < atOnce) {
      const one = next();
      if (one === undefined) return;
      if (one.partial && known === undefined) {
        asking = one;
        asked = true;
      }
      atWork += 1;
      forget(one);
      one.decide(true);
    }
  };

  const forget = (one: Waiting): void => void (one.partial ? partial : fresh).delete(one);

  const store = (knows: boolean): void => {
    const write = transactions
      .rememberContinues(backend, knows)
      .catch((error: unknown) => log.warn({ err: error }, 'what the AI backend knows could not be stored'))
      .finally(() => writes.delete(write));
    writes.add(write);
  };

  return {
    get known() {
      return known;
    },
    async recall() {
      known = await transactions.recallContinues(backend);
    },
    learn(knows) {
      asking = undefined;
      if (known !== knows) {
        known = knows;
        store(knows);
      }
      startNext();
    },
    enter(isPartial) {
      const { promise: decided, resolve } = Promise.withResolvers<boolean>();
      let isAtWork = false;
      const place: Waiting = {
        partial: isPartial,
        number: (entered += 1),
        decide(may) {
          isAtWork = may;
          resolve(may);
        },
      };
      (isPartial ? partial : fresh).add(place);
      startNext();
      return {
        turn: (signal) => untilAborted(decided, signal),
        leave(withdrawn) {
          forget(place);
          if (isAtWork) atWork -= 1;
          isAtWork = false;
          if (asking === place) {
            asking = undefined;
            // A question that was taken back has told nothing: the next one may ask.
            if (withdrawn) asked = false;
          }
          startNext();
        },
      };
    },
    async close() {
      await Promise.all(writes);
    },
  };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
