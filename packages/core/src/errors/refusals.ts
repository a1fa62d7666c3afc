import { type RefusalReason, Refused, StorageError } from '@amanda/db';
import { AmandaError } from './amanda-error.ts';
import type { ErrorCode } from './table.ts';

const codes = {
  NOT_FOUND: 'NOT_FOUND',
  FOREIGN: 'FOREIGN_OBJECT',
  RUN_ACTIVE: 'RUN_ACTIVE',
  TOO_MANY_RUNS: 'TOO_MANY_RUNS',
  CLIENT_ID_REUSED: 'CLIENT_ID_REUSED',
  NOT_POSSIBLE: 'NOT_POSSIBLE_NOW',
  TOO_MANY_CHATS: 'TOO_MANY_CHATS',
} as const satisfies Record<RefusalReason, ErrorCode>;

/** Passes a result of the database on, and turns its refusals into errors of the domain. */
export async function orRefuse<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof StorageError) throw new AmandaError('STORAGE_UNAVAILABLE', { cause: error });
    if (!(error instanceof Refused)) throw error;
    const { activeMessageId } = error;
    throw new AmandaError(codes[error.reason], {
      details: activeMessageId === undefined ? {} : { activeMessageId },
    });
  }
}
