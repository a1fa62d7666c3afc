import { rmSync } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';
import type { DatabaseLog } from '../database.ts';

/**
 * Copies what an open connection still reaches into a file beside the path of its database, which was deleted or
 * replaced: the operating system keeps a deleted file for as long as it is open. Needs as much room as the database.
 * @returns the copy's path; null when it could not be made, as the log then says
 */
export async function rescue(options: {
  readonly file: string;
  readonly raw: BetterSqlite3.Database;
  readonly log: DatabaseLog;
}): Promise<string | null> {
  const { file, raw, log } = options;
  const copy = `${file}.rescued-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  try {
    await raw.backup(copy);
    return copy;
  } catch (error) {
    log('error', { file: copy, err: error }, 'what the deleted database held could not be copied');
    rmSync(copy, { force: true });
    return null;
  }
}
