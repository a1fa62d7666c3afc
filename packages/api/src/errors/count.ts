import type { ErrorCode } from '@amanda/contract';
import type { AmandaError, RefusalKind } from '@amanda/core';
import type { Context } from '../context.ts';
import { InvalidInput } from './input.ts';

/** The refusals that an operator wants to see. Others are what honest people meet every day. */
const kinds: Partial<Record<ErrorCode, RefusalKind>> = {
  FOREIGN_OBJECT: 'access',
  FORBIDDEN: 'access',
  TOKEN_NOT_ALLOWED: 'access',
  UNAUTHENTICATED: 'access',
  EMAIL_NOT_VERIFIED: 'access',
  NOT_OVER_WEBSOCKET: 'access',
  INVALID_TOKEN: 'credential',
  INVALID_CREDENTIALS: 'logIn',
  ACCOUNT_DISABLED: 'logIn',
  RATE_LIMITED: 'limit',
  TOO_MANY_RUNS: 'limit',
  TOO_MANY_SUBSCRIPTIONS: 'limit',
  BATCH_FULL: 'limit',
  ANSWERS_UNREAD: 'limit',
  HASH_QUEUE_FULL: 'limit',
  INVALID_EVENT_ID: 'input',
  PAYLOAD_TOO_LARGE: 'input',
};

/** What kind of refusal an error is; null for what is none. */
export function refusalKindOf(error: AmandaError): RefusalKind | null {
  // What the domain says about a form (a short password) is no attack; what breaks the contract no form of ours sends.
  if (error instanceof InvalidInput || error.details.field === 'body') return 'input';
  return kinds[error.code] ?? null;
}

/** Counts a call that was refused, for the log. */
export function countRefusal(error: AmandaError, { core, agent, session }: Context): void {
  const kind = refusalKindOf(error);
  if (kind !== null) core.refusals.count({ kind, address: agent.address, userId: session?.userId });
}
