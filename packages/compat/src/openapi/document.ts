import { z } from 'zod';
import type { Route } from '../rest/route.ts';

/** What the document says of the service. */
export interface DocumentOptions {
  readonly routes: readonly Route[];
  readonly info: { readonly service: string; readonly version: string };
}

const error = z.strictObject({ success: z.literal(false), message: z.string() });
const rateLimited = error.extend({
  error: z.literal('rate_limited'),
  retry_after_seconds: z.int().positive(),
});

const descriptions: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Created',
  400: 'The input is not valid',
  401: 'Not logged in, or the password is wrong',
  403: 'Not yours',
  404: 'There is no such thing',
  409: 'Taken already',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many requests; see Retry-After',
};

/**
 * Describes the REST surface, from the very schemas that it runs on.
 * @returns an OpenAPI 3.1 document, see https://spec.openapis.org/oas/v3.1.1
 */
export function openApiDocument({ routes, info }: DocumentOptions): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const row of routes) {
    const path = row.path.replace(':id', '{chat_id}');
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: describe(row) };
  }
  return {
    openapi: '3.1.0',
    info: { title: `${info.service}: REST`, version: info.version },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: schemaOf(error), RateLimited: schemaOf(rateLimited) },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'amanda_session' } },
    },
  };
}

function describe(row: Route): object {
  const refused = [
    ...(row.body === null ? [] : [400, 413, 415]),
    ...(row.needsSession ? [401] : []),
    ...row.errors,
  ];
  const statuses = [...new Set(refused)].toSorted((one, other) => one - other);
  return {
    operationId: row.operation,
    summary: row.summary,
    ...(row.needsSession ? { security: [{ session: [] }] } : {}),
    ...(row.path.includes(':id') ? { parameters: [chatId] } : {}),
    ...(row.body === null
      ? {}
      : {
          requestBody: {
            required: !row.body.safeParse({}).success,
            content: { 'application/json': { schema: schemaOf(row.body, 'input') } },
          },
        }),
    responses: {
      [row.status]: answer(row.status, schemaOf(row.response)),
      ...Object.fromEntries(statuses.map((status) => [status, answer(status, referenceFor(status))])),
    },
  };
}

const chatId = {
  name: 'chat_id',
  in: 'path',
  required: true,
  schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
};

const referenceFor = (status: number): object => ({
  $ref: `#/components/schemas/${status === 429 ? 'RateLimited' : 'Error'}`,
});

const answer = (status: number, schema: object): object => ({
  description: descriptions[status] ?? String(status),
  content: { 'application/json': { schema } },
});

function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return rest;
}
