import { createHash } from 'node:crypto';
import type { ClientKeyInput } from '@amanda/db';
import { AmandaError } from '../errors/amanda-error.ts';

/** The number of code points, which is what users count. */
function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * Checks and trims what a user wrote.
 * @param maxLength in code points
 * @throws INVALID_INPUT
 */
export function questionText(text: string, maxLength: number): string {
  const invalid = (reason: string): AmandaError =>
    new AmandaError('INVALID_INPUT', { details: { field: 'text', reason } });
  if (!text.isWellFormed()) throw invalid('format');
  const trimmed = text.trim();
  if (trimmed === '') throw invalid('empty');
  if (trimmed.length > maxLength && countCodePoints(trimmed) > maxLength) throw invalid('long');
  return trimmed;
}

/** A client's key with a hash of the call that it belongs to. */
export function clientKey(
  clientId: string | undefined,
  call: string,
  input: object,
): ClientKeyInput | undefined {
  if (clientId === undefined) return undefined;
  const inputHash = createHash('sha256')
    .update(JSON.stringify([call, input]))
    .digest('base64url');
  return { clientId: clientId.toLowerCase(), inputHash };
}
