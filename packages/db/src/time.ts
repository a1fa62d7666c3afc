/**
 * A time as SQLite stores it: `YYYY-MM-DDTHH:MM:SS.mmm+00:00`, which is also Prisma's form. All times of a database
 * must have this one form, for SQLite compares and sorts them as text. That works for the years 0 to 9999.
 *
 * @throws {RangeError} for an invalid date and for other years.
 */
export function toDbTime(date: Date): string {
  const text = date.toISOString();
  if (text.length !== 24) throw new RangeError(`A time that the database cannot store: ${text}`);
  return text.replace('Z', '+00:00');
}
