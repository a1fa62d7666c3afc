import { type ErrorCode, type ErrorDetails, errorTable } from '@amanda/contract';

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
