import { type ErrorCode, errorTable } from './table.ts';

/** What an error says about itself besides its code. Everything here may reach the client. */
export interface ErrorDetails {
  /** Name of the input field that was wrong, in camelCase. */
  readonly field?: string;
  /** What is wrong with it: `missing`, `empty`, `short`, `long`, `format`, `type`, … */
  readonly reason?: string;
  /** Seconds after which the call may succeed. */
  readonly retryAfterSeconds?: number;
  /** The message that is being written now, for RUN_ACTIVE. */
  readonly activeMessageId?: number;
  /** What a developer has to change in the call; no text for users. */
  readonly hint?: string;
}

/** The only error that `core` throws on purpose. Anything else that is thrown is a defect and becomes INTERNAL. */
export class AmandaError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /** @param options.cause goes to the log, never to a client */
  constructor(code: ErrorCode, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(errorTable[code].text, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AmandaError';
    this.code = code;
    this.details = options.details ?? {};
  }
}
