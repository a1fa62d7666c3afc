import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { asStorageError } from '../errors/storage-error.ts';
import { openSqlite } from '../sqlite/open.ts';
import { fileOfUrl } from '../sqlite/url.ts';
import type { Adoption, AdoptionProgress } from './adoption.ts';
import { bring } from './bring.ts';
import { copyDatabase, openOldDatabase } from './source.ts';

/** What an adoption needs. */
export interface AdoptOptions {
  /** The old database; it is only read. */
  readonly file: string;
  /** The database to bring things into, made if it is missing. No other process may use it meanwhile. */
  readonly url: string;
  /** A folder with room for a copy of the old database, and for one of the target in a dry run. */
  readonly scratch: string;
  /** Works on a copy of the target, which is thrown away. */
  readonly dryRun?: boolean | undefined;
  /** The form in which e-mail addresses are compared and stored. */
  readonly normaliseEmail: (email: string) => string;
  /** Told now and then how far it is. The work is synchronous: nothing else happens in this process meanwhile. */
  readonly onProgress?: ((progress: AdoptionProgress) => void) | undefined;
}

/**
 * Brings users, chats and messages of the Python service over, all of it in one transaction. May be run again: what
 * came over before is known again, and only what is new is added.
 * @throws {OpenError} when one of the two files is not what it should be, or is in use
 * @throws {StorageError} when the storage failed; then nothing was brought over
 */
export async function adoptPythonDatabase(options: AdoptOptions): Promise<Adoption> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.adopt(mkdtempSync(path.join(options.scratch, 'adopt-')), (made) =>
    rmSync(made, { recursive: true, force: true }),
  );
  const old = parts.use(openOldDatabase(options.file, folder));
  const target = parts.use(
    await openSqlite({ url: options.dryRun === true ? copyOf(options.url, folder) : options.url }),
  );
  try {
    return await target.connection.exclusive(() =>
      bring(target.connection.raw, old, {
        now: new Date(),
        normaliseEmail: options.normaliseEmail,
        onProgress: options.onProgress,
      }),
    );
  } catch (error) {
    throw asStorageError(error);
  }
}

function copyOf(url: string, folder: string): string {
  const file = fileOfUrl(url);
  const copy = path.join(folder, 'target.db');
  if (existsSync(file)) copyDatabase(file, copy);
  return `file:${copy}`;
}
