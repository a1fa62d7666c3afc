import type { Database, OpenOptions } from './database.ts';
import { openSqlite } from './sqlite/open.ts';

/**
 * Opens a database: makes the file if there is none, applies the migrations that it lacks, checks its settings.
 * The caller closes it. One process at a time should write to a file; another one makes this one's writes wait.
 *
 * @throws {OpenError} when this is not, or cannot become, a database of this version: nothing was written. See its
 *   subclasses {@link PythonDatabaseError}, {@link ForeignFileError}, {@link DatabaseUrlError}, {@link MigrationError}.
 * @throws {StorageError} when the storage failed.
 */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  return await openSqlite(options);
}
