import { StorageError } from '../errors/storage-error.ts';

/**
 * Keeps everything else out while a transaction is open on the one connection, in the order of arrival.
 * See docs/decisions/0002-transaction-gate.md.
 */
export interface Gate {
  /**
   * Runs `work` when no transaction is open: before this returns if none is, else after those that came earlier.
   * The work must be done, or have sent its statement, when it returns.
   */
  run<T>(work: () => T): Promise<Awaited<T>>;
  /** Waits for the gate and keeps it. The holder must call the function it gets, once the transaction is over. */
  acquire(): Promise<() => void>;
  /** Lets in what has arrived, then closes: whatever comes after fails with a {@link StorageError} `closed`. */
  close(): Promise<void>;
}

/** Makes an open gate. */
export function createGate(): Gate {
  let held = false;
  let closed = false;
  const waiting: (() => void)[] = [];

  function enter(next: () => void): void {
    if (closed) throw new StorageError('closed', 'The database is closed.');
    if (held || waiting.length > 0) waiting.push(next);
    else next();
  }

  function release(): void {
    held = false;
    for (;;) {
      const next = waiting[0];
      if (held || next === undefined) return;
      // It stays in the queue while it runs, so that what it asks for itself comes after the others.
      next();
      waiting.shift();
    }
  }

  async function acquire(): Promise<() => void> {
    const turn = Promise.withResolvers<void>();
    enter(() => {
      held = true;
      turn.resolve();
    });
    await turn.promise;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      release();
    };
  }

  return {
    async run<T>(work: () => T): Promise<Awaited<T>> {
      const turn = Promise.withResolvers<Awaited<T>>();
      enter(() => {
        try {
          turn.resolve(Promise.resolve(work()));
        } catch (error) {
          turn.reject(error);
        }
      });
      return await turn.promise;
    },
    acquire,
    async close(): Promise<void> {
      const last = acquire();
      closed = true;
      (await last)();
    },
  };
}
