/** A database could not be opened as it is. Nothing was written. The message is one line that an operator may see. */
export class OpenError extends Error {
  override readonly name: string = 'OpenError';
}

/** The file belongs to the Python service that Amanda replaces. It is brought over by `adopt`, never opened. */
export class PythonDatabaseError extends OpenError {
  override readonly name = 'PythonDatabaseError';
  /** The absolute path of that file. */
  readonly file: string;

  constructor(file: string) {
    super(`${file} is a database of the Python service; run: npm run amanda -- adopt ${file}`);
    this.file = file;
  }
}

/** The file is no SQLite database, or one that some other program made. */
export class ForeignFileError extends OpenError {
  override readonly name = 'ForeignFileError';
}

/** The URL of a database has a form that is not supported. */
export class DatabaseUrlError extends OpenError {
  override readonly name = 'DatabaseUrlError';
}

/**
 * The migrations and the database do not fit:
 * - `changed`: a migration that was applied reads differently now;
 * - `failed`: a migration was begun by `prisma migrate` and never finished;
 * - `newer`: the database has a migration that this version of Amanda does not know;
 * - `apply`: a migration failed just now and was rolled back; the driver's error is the `cause`;
 * - `missing`: the folder of migrations has none.
 */
export class MigrationError extends OpenError {
  override readonly name = 'MigrationError';
  readonly kind: 'changed' | 'failed' | 'newer' | 'apply' | 'missing';

  constructor(kind: MigrationError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
