/** Why a transaction was refused; `core` turns each into its own error. */
export type RefusalReason =
  | 'NOT_FOUND'
  | 'FOREIGN'
  | 'RUN_ACTIVE'
  | 'TOO_MANY_RUNS'
  | 'CLIENT_ID_REUSED'
  | 'NOT_POSSIBLE'
  | 'TOO_MANY_CHATS';

/** Thrown by a transaction that found its conditions unmet. Nothing of the transaction stays. */
export class Refused extends Error {
  readonly reason: RefusalReason;
  /** The message that is being written now, for RUN_ACTIVE. */
  readonly activeMessageId: number | undefined;

  constructor(reason: RefusalReason, activeMessageId?: number) {
    super(reason);
    this.name = 'Refused';
    this.reason = reason;
    this.activeMessageId = activeMessageId;
  }
}
