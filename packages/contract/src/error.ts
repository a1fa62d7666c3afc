import { z } from 'zod';
import { type ErrorCode, errorTable } from './error-table.ts';

/** Every code that an error may carry: the rows of the error table. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `Object.keys` forgets which keys they are
export const errorCode = z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]);

/** One thing that is wrong with an input. */
export const inputIssue = z.strictObject({
  /** Path of the field, joined by dots; empty for the input as a whole. */
  field: z.string(),
  /** `missing`, `empty`, `short`, `long`, `format`, `type`, `range`, `value`, `unknown`; see `docs/errors.md`. */
  reason: z.string(),
});

export const errorDetails = z.strictObject({
  /** Name of the input field that was wrong, in camelCase. */
  field: z.string().optional(),
  /** What is wrong with it: `missing`, `empty`, `short`, `long`, `format`, `type`, … */
  reason: z.string().optional(),
  /** Seconds after which the call may succeed. */
  retryAfterSeconds: z.number().optional(),
  /** The message that is being written now, for RUN_ACTIVE. */
  activeMessageId: z.number().optional(),
  /** What a developer has to change in the call; no text for users. */
  hint: z.string().optional(),
  /** For INVALID_INPUT: the first few things that are wrong; `field` and `reason` are those of the first. */
  issues: z.array(inputIssue).optional(),
});

/** What every error carries as `data.amanda`, whatever the transport. */
export const amandaErrorShape = z.strictObject({
  code: errorCode,
  /** A text that may be shown to a user. */
  text: z.string(),
  /** Whether the same call may succeed later without a change. */
  retry: z.boolean(),
  details: errorDetails,
  /** The operator finds the cause in the log by this id; null when the request was refused before it got one. */
  requestId: z.string().nullable(),
});

export type InputIssue = z.infer<typeof inputIssue>;

/** What an error says about itself besides its code. Everything here may reach the client. */
export type ErrorDetails = Readonly<z.infer<typeof errorDetails>>;

/** See the schema of this name. An interface, so that editors and declaration files name it instead of spelling it out. */
export interface AmandaErrorShape extends z.infer<typeof amandaErrorShape> {}
