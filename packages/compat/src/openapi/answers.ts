import { z } from 'zod';

const error = z.strictObject({ success: z.literal(false), message: z.string() });
const rateLimited = error.extend({
  error: z.literal('rate_limited'),
  retry_after_seconds: z.int().positive(),
});

/** The shapes of refusals, to which the operations refer. */
export const schemas = { Error: schemaOf(error), RateLimited: schemaOf(rateLimited) };

const descriptions: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Created',
  400: 'The input is not valid',
  401: 'Not logged in, or the password is wrong',
  403: 'Not yours, or the page’s origin may not call',
  404: 'There is no such thing',
  409: 'Taken already, or there are too many',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many requests; see Retry-After',
  500: 'A defect of the server; its log has the cause',
  503: 'Starting, restarting, or unable to store anything; try again',
};

/** What every operation may answer. A body is looked at wherever one may be sent, also where none is asked for. */
export const refusalsOf = (method: string): readonly number[] =>
  method === 'GET' ? [400, 403, 429, 500, 503] : [400, 403, 413, 415, 429, 500, 503];

/** The refusals of an operation, by status, in their order. */
export function refusals(statuses: readonly number[]): Record<string, object> {
  const sorted = [...new Set(statuses)].toSorted((one, other) => one - other);
  return Object.fromEntries(
    sorted.map((status) => {
      const name = status === 429 ? 'RateLimited' : 'Error';
      return [status, answer(status, { $ref: `#/components/schemas/${name}` })];
    }),
  );
}

/** A JSON answer with a status. */
export const answer = (status: number, schema: object): object => ({
  description: descriptions[status] ?? String(status),
  content: { 'application/json': { schema } },
});

/** The JSON schema of what goes in or comes out, for OpenAPI 3.1. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return rest;
}
