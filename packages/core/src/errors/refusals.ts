import type { ErrorCode } from '@amanda/contract';
import { asStorageError, type RefusalReason, Refused, StorageError } from '@amanda/db';
import { AmandaError } from './amanda-error.ts';

const codes = {
  NOT_FOUND: 'NOT_FOUND',
  FOREIGN: 'FOREIGN_OBJECT',
  RUN_ACTIVE: 'RUN_ACTIVE',
  TOO_MANY_RUNS: 'TOO_MANY_RUNS',
  CLIENT_ID_REUSED: 'CLIENT_ID_REUSED',
  NOT_POSSIBLE: 'NOT_POSSIBLE_NOW',
  TOO_MANY_CHATS: 'TOO_MANY_CHATS',
} as const satisfies Record<RefusalReason, ErrorCode>;

/** Seconds after which a call that the storage refused may be tried again. */
const retryAfterSeconds = 2;

/**
 * What the database refused, as an error of the domain: its own refusals, and all that the storage could not do,
 * whichever way the statement took. Undefined for anything else. The one place that says so: `packages/api` asks it for
 * each error that leaves a procedure, so that no caller needs to.
 */
export function domainErrorOf(error: unknown): AmandaError | undefined {
  if (error instanceof AmandaError) return error;
  const storage = asStorageError(error);
  if (storage instanceof StorageError)
    return new AmandaError('STORAGE_UNAVAILABLE', { cause: storage, details: { retryAfterSeconds } });
  if (!(error instanceof Refused)) return undefined;
  const { activeMessageId } = error;
  return new AmandaError(codes[error.reason], {
    details: activeMessageId === undefined ? {} : { activeMessageId },
  });
}

/** Passes a result of the database on, for callers in the domain that look at the code of a refusal. */
export async function orRefuse<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw domainErrorOf(error) ?? error;
  }
}
