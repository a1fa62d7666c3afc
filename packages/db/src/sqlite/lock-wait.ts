import { driverCodeOf } from '../errors/driver-code.ts';

/**
 * How long a statement is tried again while another process holds a lock, in milliseconds: longer than a backup or a
 * script holds one, shorter than clients wait. The event loop goes on.
 */
export const defaultPatienceMs = 15_000;

const longestPauseMs = 25;

/** How long to wait before the next try, in milliseconds: short at first, for most locks are held for a moment. */
export function pauseBefore(attempt: number): number {
  return Math.min(2 ** attempt, longestPauseMs);
}

/**
 * Whether SQLite says that another connection holds a lock, now: at the beginning, for a snapshot that became old, while
 * another process repairs the WAL, or at the end of a transaction. Knows the driver's errors and those of Prisma's
 * adapter, not errors that were translated already: those have been waited for.
 */
export function isLocked(error: unknown): boolean {
  const code = driverCodeOf(error);
  return code !== undefined && /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code);
}

/**
 * Tries until no lock is in the way. For what happens outside the gate: opening, migrating, closing.
 * @throws what `work` throws; the last error when the lock stayed for `patienceMs`
 */
export async function whenUnlocked<T>(work: () => T, patienceMs: number): Promise<Awaited<T>> {
  const deadline = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isLocked(error) || performance.now() >= deadline) throw error;
      const passed = Promise.withResolvers<void>();
      setTimeout(passed.resolve, pauseBefore(attempt));
      await passed.promise;
    }
  }
}
