import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';

/** A folder that goes away with the test. */
export function temporaryFolder(): Disposable & { file(name: string): string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'amanda-db-test-'));
  return {
    file: (name) => path.join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A plain connection to the file, as another process has it: it waits for no lock. */
export function otherProcess(file: string): Disposable & { raw: BetterSqlite3.Database } {
  const raw = new BetterSqlite3(file, { timeout: 0 });
  return { raw, [Symbol.dispose]: () => raw.close() };
}

export const someone = (email: string) => ({ email, passwordHash: 'x', createdAt: new Date(0) });

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
