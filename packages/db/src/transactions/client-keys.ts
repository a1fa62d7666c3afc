import { Refused } from './refused.ts';
import type { ClientKeyInput } from './start.ts';
import { all, first, str, type Transaction } from './transaction.ts';

/**
 * Looks a client's key up.
 * @returns what the first call answered with; undefined when the key is new or absent
 */
export function* recallClientKey<T>(
  userId: number,
  key: ClientKeyInput | undefined,
): Transaction<T | undefined> {
  if (key === undefined) return undefined;
  const row = yield* first(
    'SELECT input_hash, result FROM client_keys WHERE user_id = ? AND client_id = ?',
    userId,
    key.clientId,
  );
  if (row === undefined) return undefined;
  if (str(row, 'input_hash') !== key.inputHash) throw new Refused('CLIENT_ID_REUSED');
  // The hash covers the call's name, so the shape is what the same call stored.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by keepClientKey
  return JSON.parse(str(row, 'result')) as T;
}

/** Stores what a call answered with under its client's key. */
export function* keepClientKey(
  userId: number,
  key: ClientKeyInput | undefined,
  result: object,
  at: Date,
): Transaction<void> {
  if (key === undefined) return;
  yield* all(
    'INSERT INTO client_keys (user_id, client_id, input_hash, result, created_at) VALUES (?, ?, ?, ?, ?)',
    userId,
    key.clientId,
    key.inputHash,
    JSON.stringify(result),
    at,
  );
}
