import { AmandaError, amandaErrorOf, describeError } from '../api.ts';

/** What a client may know of an error. */
export type Refusal = Pick<ReturnType<typeof describeError>, 'code' | 'details'>;

/** Whatever was thrown, as a code of the router's table with its details. Nothing else of it reaches a client. */
export const refusalOf = (thrown: unknown): Refusal => describeError(amandaErrorOf(thrown), null);

/** An input that does not have the documented shape. */
export const invalid = (field: string, reason: string): AmandaError =>
  new AmandaError('INVALID_INPUT', { details: { field, reason } });
