import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigrationError } from '../errors/open-error.ts';

/** One folder of `prisma/sqlite/migrations`. */
export interface Migration {
  /** The folder's name, which begins with its time: names sort in the order of application. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of `migration.sql`, in hex, as Prisma records it. */
  readonly checksum: string;
}

/** The migrations that belong to this version of the package. */
export const migrationsFolder = fileURLToPath(
  new URL('../../../../prisma/sqlite/migrations/', import.meta.url),
);

/**
 * Reads the migrations of a folder, in their order.
 * @throws {MigrationError} `missing` when there are none.
 */
export function readMigrations(folder: string): readonly Migration[] {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .toSorted();
  } catch (error) {
    throw new MigrationError('missing', `The folder of migrations cannot be read: ${folder}`, {
      cause: error,
    });
  }
  if (names.length === 0) throw new MigrationError('missing', `There are no migrations in ${folder}`);
  return names.map((name) => {
    const sql = readFileSync(path.join(folder, name, 'migration.sql'));
    return { name, sql: sql.toString('utf8'), checksum: createHash('sha256').update(sql).digest('hex') };
  });
}
