export type * from '../generated/sqlite/models.ts';
export type { Database, DatabaseLog, OpenOptions, Queries } from './database.ts';
export {
  DatabaseUrlError,
  ForeignFileError,
  MigrationError,
  OpenError,
  PythonDatabaseError,
} from './errors/open-error.ts';
export { StorageError, type StorageErrorKind } from './errors/storage-error.ts';
export { isForeignKeyViolation, isMissingRow, isUniqueViolation } from './errors/violations.ts';
export type { HotQueries } from './hot/index.ts';
export { columnId } from './ids.ts';
export { openDatabase } from './open.ts';
export { toDbTime } from './time.ts';
