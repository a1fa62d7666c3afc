import { StorageError } from '../errors/storage-error.ts';
import { isLocked, pauseBefore } from './lock-wait.ts';

/** `read` leaves the database as it is. */
export type GateKind = 'read' | 'write';

/**
 * Keeps everything else out while a transaction is open on the one connection, and waits for the locks of other
 * processes without holding up the event loop. Writes go in the order of arrival. A read waits for an open transaction
 * only: it passes writes that wait for somebody else's lock, none of which has been acknowledged.
 * See docs/decisions/0007-waiting-for-locks.md.
 */
export interface Gate {
  /**
   * Runs `work` when no transaction is open: before this returns if none is, else in its turn. It must be done, or have
   * sent its statement, when it returns. When it meets a lock it must have left nothing behind: it is run again until
   * the patience, counted from this call, is over.
   */
  run<T>(kind: GateKind, work: () => T): Promise<Awaited<T>>;
  /**
   * Waits for its turn among the writes, runs `begin` like the work of `run`, and keeps the gate. The holder must call
   * the function it gets, once the transaction is over.
   */
  acquire(begin: () => void): Promise<() => void>;
  /** Since when writes have met a lock without a break, by `performance.now()`; undefined while they do not. */
  readonly lockedSince: number | undefined;
  /** Refuses all that waits and all that comes, with this error. What is under way goes on. */
  fail(error: StorageError): void;
  /** Lets in what has arrived, then closes: whatever comes after fails with a {@link StorageError} `closed`. */
  close(): Promise<void>;
}

interface Entry {
  readonly place: number;
  readonly kind: GateKind;
  /** Synchronous: when it returns, the statement has been sent. */
  readonly start: () => void;
  readonly refuse: (error: StorageError) => void;
}

/** Makes an open gate. @param patienceMs how long the locks of other processes are waited for */
export function createGate({ patienceMs }: { readonly patienceMs: number }): Gate {
  let held = false;
  let pumping = false;
  let refusal: StorageError | undefined;
  let places = 0;
  /** In the order of their places. */
  const waiting: Entry[] = [];
  const retrying = new Set<Promise<unknown>>();
  /** The pause before writes are tried again. */
  let parked: NodeJS.Timeout | undefined;
  let attempts = 0;
  let lockedSince: number | undefined;

  function enter(entry: Entry): void {
    const mustWait = held || pumping || (parked !== undefined && entry.kind === 'write');
    if (mustWait || (parked === undefined && waiting.length > 0)) waiting.push(entry);
    else entry.start();
  }

  function pump(): void {
    if (pumping) return;
    // What is asked for meanwhile comes after the others.
    pumping = true;
    try {
      for (;;) {
        if (held) return;
        const at = waiting.findIndex(({ kind }) => kind === 'read' || parked === undefined);
        const [next] = at === -1 ? [] : waiting.splice(at, 1);
        if (next === undefined) return;
        next.start();
      }
    } finally {
      pumping = false;
    }
  }

  /** Puts a write that met a lock back into its place and leaves the writes alone for a moment. */
  function park(entry: Entry): void {
    const at = waiting.findIndex(({ place }) => place > entry.place);
    waiting.splice(at === -1 ? waiting.length : at, 0, entry);
    lockedSince ??= performance.now();
    if (parked !== undefined) return;
    parked = setTimeout(() => {
      parked = undefined;
      pump();
    }, pauseBefore(attempts));
    attempts += 1;
  }

  /** A read is tried again on its own: it keeps nobody waiting, and nobody it. */
  function tryAgain(entry: Entry, settled: Promise<unknown>, attempt: number): void {
    retrying.add(settled);
    void settled.finally(() => retrying.delete(settled));
    setTimeout(() => enter(entry), pauseBefore(attempt));
  }

  async function queue<T>(kind: GateKind, work: () => T, onStarted: () => void): Promise<Awaited<T>> {
    if (refusal !== undefined) throw refusal;
    const turn = Promise.withResolvers<Awaited<T>>();
    const deadline = performance.now() + patienceMs;
    const place = (places += 1);
    let tries = 0;

    const again = (): void =>
      tryAgain(
        entry,
        turn.promise.catch(() => {}),
        (tries += 1),
      );
    const failed = (error: unknown): void => {
      const isOver = performance.now() >= deadline || refusal?.kind === 'gone';
      if (!isLocked(error) || isOver) {
        turn.reject(error);
      } else if (kind === 'write') {
        park(entry);
      } else {
        again();
      }
    };
    const unlocked = (): void => {
      if (kind === 'read') return;
      lockedSince = undefined;
      attempts = 0;
    };
    const entry: Entry = {
      place,
      kind,
      refuse: turn.reject,
      start() {
        let result: T;
        try {
          result = work();
        } catch (error) {
          failed(error);
          return;
        }
        onStarted();
        if (!(result instanceof Promise)) unlocked();
        // Prisma's adapter has sent its statement by now, and says so in a moment.
        void Promise.resolve(result).then((value) => {
          unlocked();
          turn.resolve(value);
        }, failed);
      },
    };
    enter(entry);
    return await turn.promise;
  }

  async function acquire(begin: () => void): Promise<() => void> {
    await queue('write', begin, () => {
      held = true;
    });
    let released = false;
    return () => {
      if (released) return;
      released = true;
      held = false;
      pump();
    };
  }

  return {
    run: (kind, work) => queue(kind, work, () => {}),
    acquire,
    get lockedSince() {
      return lockedSince;
    },
    fail(error) {
      refusal = error;
      for (const { refuse } of waiting.splice(0)) refuse(error);
    },
    async close() {
      const last = acquire(() => {});
      refusal ??= new StorageError('closed', 'The database is closed.');
      (await last.catch(() => () => {}))();
      await Promise.all(retrying);
      clearTimeout(parked);
    },
  };
}
