import path from 'node:path';
import { DatabaseUrlError } from '../errors/open-error.ts';

/**
 * The absolute path of the file that a database URL names: `file:relative`, `file:/absolute`, `file:///absolute`,
 * and SQLAlchemy's `sqlite:///relative` and `sqlite:////absolute`. Relative paths start at the working directory;
 * the path is taken as it stands, as Prisma takes it, so `%20` is no space.
 *
 * @throws {DatabaseUrlError} for another form, for a database in memory, and for parameters after `?`.
 */
export function fileOfUrl(url: string): string {
  const named = /^(?:sqlite:\/\/\/|file:(?:\/\/(?=\/)|(?!\/\/)))(?<file>[^?]+)$/.exec(url)?.groups?.['file'];
  if (named === undefined || named === ':memory:') {
    throw new DatabaseUrlError(
      'The database URL must be file:PATH, sqlite:///RELATIVE or sqlite:////ABSOLUTE, without parameters.',
    );
  }
  return path.resolve(named);
}
