import type BetterSqlite3 from 'better-sqlite3';
import { StorageError } from '../errors/storage-error.ts';

/** Pages after which a commit folds the WAL into the file. */
export const walAutocheckpoint = 1_000;

/** To how many bytes the file of the WAL is cut back when it is begun anew. */
export const journalSizeLimit = 16 * 1024 * 1024;

/** What must hold on the live connection: the setting, and what SQLite then reports. https://sqlite.org/pragma.html */
export const settings = [
  // SQLite would wait for a lock by stopping the event loop; the gate waits in its place.
  { pragma: 'busy_timeout', value: 0, reported: 0 },
  { pragma: 'journal_mode', value: 'WAL', reported: 'wal' },
  // With NORMAL, a power cut loses transactions that were acknowledged.
  { pragma: 'synchronous', value: 'FULL', reported: 2 },
  { pragma: 'foreign_keys', value: 'ON', reported: 1 },
  { pragma: 'wal_autocheckpoint', value: walAutocheckpoint, reported: walAutocheckpoint },
  { pragma: 'journal_size_limit', value: journalSizeLimit, reported: journalSizeLimit },
] as const;

/** What SQLite reports for a setting of this connection. */
export function readPragma(raw: BetterSqlite3.Database, pragma: string): unknown {
  const reported = raw.pragma(pragma, { simple: true });
  return typeof reported === 'bigint' ? Number(reported) : reported;
}

/**
 * Sets the connection up.
 * @throws {StorageError} when a setting did not take, as WAL does not on some network file systems.
 */
export function applySettings(raw: BetterSqlite3.Database): void {
  for (const { pragma, value, reported } of settings) {
    raw.pragma(`${pragma} = ${value}`);
    const now = readPragma(raw, pragma);
    if (now !== reported) {
      throw new StorageError('other', `SQLite did not accept ${pragma} = ${value}; it is ${String(now)}.`);
    }
  }
}
