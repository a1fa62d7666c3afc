import { toDbTime } from '../time.ts';

/** SQLAlchemy's form on SQLite, in UTC, with or without a fraction; `T`, `Z` and `+00:00` are let pass. */
const form = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|\+00:00)?$/u;

/**
 * A time of the Python service in the form of this database, cut to milliseconds.
 * @returns undefined for anything that is no time
 */
export function adoptTime(stored: unknown): string | undefined {
  const match = typeof stored === 'string' ? form.exec(stored.trim()) : null;
  const [, day, clock, fraction = ''] = match ?? [];
  if (day === undefined || clock === undefined) return undefined;
  const date = new Date(`${day}T${clock}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // A 30th of February would become the 1st or 2nd of March.
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(day) ? undefined : toDbTime(date);
}
