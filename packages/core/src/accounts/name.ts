import { AmandaError } from '../errors/amanda-error.ts';

/** Characters that would break a line, a log or a mail header, or turn the direction of the text around them. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const longestName = 100;

/**
 * Checks a name that a person gave to something and trims it.
 * @param field the input's name, for the error
 * @throws INVALID_INPUT with reason `empty`, `long` (over 100 code points) or `format`
 */
export function checkName(name: string, field: string): string {
  const trimmed = name.trim();
  const refuse = (reason: string) => new AmandaError('INVALID_INPUT', { details: { field, reason } });
  if (trimmed === '') throw refuse('empty');
  if (trimmed.length > 2 * longestName || Array.from(trimmed).length > longestName) throw refuse('long');
  if (unprintable.test(trimmed)) throw refuse('format');
  return trimmed;
}
