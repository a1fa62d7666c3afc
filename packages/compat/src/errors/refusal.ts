import { AmandaError, amandaErrorOf, describeError, refusalKindOf } from '../api.ts';

/** Why somebody was turned away, as the host's log names it. */
export type RefusalKind = NonNullable<ReturnType<typeof refusalKindOf>>;

/** What a client may know of an error. */
export type Refusal = Pick<ReturnType<typeof describeError>, 'code' | 'details'>;

/** Whatever was thrown, as a code of the router's table with its details. Nothing else of it reaches a client. */
export const refusalOf = (thrown: unknown): Refusal => describeError(amandaErrorOf(thrown), null);

/** An input that does not have the documented shape. */
export const invalid = (field: string, reason: string): AmandaError =>
  new AmandaError('INVALID_INPUT', { details: { field, reason } });

/**
 * What kind of refusal a socket's own one is, for the log; null for what is none. What a procedure has refused the router has
 * counted, and carries in an error of its own.
 */
export function ownRefusalKind(thrown: unknown): RefusalKind | null {
  if (!(thrown instanceof AmandaError)) return null;
  // A box that is empty may be sent by anybody.
  if (thrown.code === 'INVALID_INPUT') return thrown.details.reason === 'empty' ? null : 'input';
  return refusalKindOf(thrown);
}
