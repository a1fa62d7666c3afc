import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import BetterSqlite3 from 'better-sqlite3';

/** SQLite's result code by its name, from an error of the driver or of Prisma's adapter around it. */
export function driverCodeOf(error: unknown): string | undefined {
  if (error instanceof BetterSqlite3.SqliteError) return error.code;
  // Prisma's own test of an error looks into whatever it is given.
  return error instanceof Error && isDriverAdapterError(error) ? error.cause.originalCode : undefined;
}
