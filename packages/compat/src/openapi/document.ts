import type { Route } from '../rest/route.ts';
import { clientEvents, serverEvents } from '../sockets/described.ts';
import { answer, refusals, refusalsOf, schemaOf, schemas } from './answers.ts';
import { service } from './service.ts';

/** What the document says of the service. */
export interface DocumentOptions {
  readonly routes: readonly Route[];
  readonly info: { readonly service: string; readonly version: string };
}

const tags = {
  auth: 'Accounts, sessions and mailed links',
  user: 'The account of the caller',
  chat: 'Chats and their messages. Messages are sent over Socket.IO or tRPC',
  service: 'What the service says of itself',
};

/**
 * Describes the REST surface, from the very schemas that it runs on, and under `x-socket-io` the events.
 * @returns an OpenAPI 3.1 document, see https://spec.openapis.org/oas/v3.1.1
 */
export function openApiDocument({ routes, info }: DocumentOptions): object {
  const paths: Record<string, Record<string, object>> = { ...service };
  for (const row of routes) {
    const path = row.path.replace(':id', '{chat_id}');
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: describe(row) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: `${info.service}: REST`,
      version: info.version,
      description:
        'Accounts and chats, as clients of the service that Amanda replaces know them. Pages of origins that are not listed are refused.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'amanda_session',
          description: 'Set by signing up and logging in; over HTTPS its name is `__Host-amanda_session`.',
        },
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of the account, which begins with `amanda_`. It goes before a cookie.',
        },
      },
    },
    'x-socket-io': { path: '/socket.io/', client: clientEvents, server: serverEvents },
  };
}

function describe(row: Route): object {
  return {
    operationId: row.operation,
    summary: row.summary,
    tags: [row.path.split('/')[2] ?? 'service'],
    security: row.needsSession ? [{ session: [] }, { token: [] }] : [],
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
      ...refusals([...refusalsOf(row.method), ...(row.needsSession ? [401] : []), ...row.errors]),
    },
  };
}

const chatId = {
  name: 'chat_id',
  in: 'path',
  required: true,
  schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
};
