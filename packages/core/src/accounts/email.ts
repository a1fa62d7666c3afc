import { domainToASCII } from 'node:url';
import { AmandaError } from '../errors/amanda-error.ts';

/** RFC 5321, 4.5.3.1: 64 octets before the `@`, and a path of 256 with its brackets. */
const longestLocal = 64;
const longest = 254;

/** No blanks, no quoting, nothing that has a meaning in a mail header. */
const local = /^[^\s\p{C}"(),:;<>@[\\\]]+$/u;
const label = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;

/** The form in which addresses are compared and stored: trimmed and in lower case, as the Python service did. */
export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase();
}

/**
 * Checks an address that somebody wants to use and gives its normal form.
 *
 * Letters of any script are allowed. Refused are characters that Unicode calls compatible with others (full-width
 * letters, ligatures, the Kelvin sign): they would make two addresses that look and often behave alike, or be folded
 * into another by a mail server. Mails always go to the stored address, never to the one typed in.
 * @throws INVALID_INPUT with field `email` and reason `format`
 */
export function checkEmail(email: string): string {
  const refused = new AmandaError('INVALID_INPUT', { details: { field: 'email', reason: 'format' } });
  const trimmed = email.trim();
  if (trimmed.length > longest || !trimmed.isWellFormed()) throw refused;
  const normal = normaliseEmail(trimmed);
  if (trimmed.normalize('NFKC') !== trimmed || Buffer.byteLength(normal) > longest) throw refused;
  const [name, domain, ...rest] = normal.split('@');
  if (name === undefined || domain === undefined || rest.length > 0) throw refused;
  if (!local.test(name) || Buffer.byteLength(name) > longestLocal) throw refused;
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every((part) => label.test(part))) throw refused;
  const ascii = domainToASCII(domain).split('.');
  if (ascii.length !== labels.length || ascii.some((part) => part === '' || part.length > 63)) throw refused;
  if (!/^[a-z][a-z0-9-]+$/u.test(ascii.at(-1) ?? '')) throw refused;
  return normal;
}
