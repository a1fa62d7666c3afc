import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eventNames } from '@amanda/compat';
import { startTestServer } from '@amanda/testing';
import type { TRPCClientOutgoingMessage } from '@trpc/server/rpc';
import { expect, it } from 'vitest';

import { procedures } from './procedures.ts';
import { at } from './typed-error.ts';

const text = readFileSync(path.join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
const [, section = ''] = text.split('### What bounds each call');

/** What the first column of the table names, row by row. */
const named = section
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''));

/** What a client of tRPC may send; one that tRPC adds does not compile until it stands here. */
const methods: Readonly<Record<NonNullable<TRPCClientOutgoingMessage['method']>, true>> = {
  query: true,
  mutation: true,
  subscription: true,
  'subscription.stop': true,
};
const frames = [...Object.keys(methods), 'connectionParams', 'PING', 'PONG'];
/** Of Engine.IO 4, and of Socket.IO 5 within its messages. */
const packets = ['open', 'close', 'ping', 'pong', 'upgrade', 'noop'];
const messages = ['CONNECT', 'DISCONNECT', 'EVENT', 'ACK', 'CONNECT_ERROR', 'BINARY_EVENT', 'BINARY_ACK'];

const pages = ['GET /', 'GET /ready', 'GET /api/openapi.json', 'GET /api/docs'];

async function routes(): Promise<readonly string[]> {
  await using server = await startTestServer();
  const document: unknown = await (await fetch(`${server.url}/api/openapi.json`)).json();
  return Object.entries(Object(at(document, 'paths'))).flatMap(([url, methodsOfIt]) =>
    Object.keys(Object(methodsOfIt)).map(
      (method) => `${method.toUpperCase()} ${url.replaceAll(/\{(?:\w*_)?(\w+)\}/g, ':$1')}`,
    ),
  );
}

it('docs/operations.md says of every procedure, route, event and frame what bounds it, and of nothing else', async () => {
  const surface = [
    ...procedures.map((procedure) => procedure.path),
    ...(await routes()),
    ...pages,
    ...eventNames,
    ...frames.map((frame) => `frame ${frame}`),
    ...[...packets, ...messages].map((packet) => `packet ${packet}`),
  ];
  const missing = [...new Set(surface)].filter((name) => !named.includes(name));
  expect(missing.join(', '), 'has no row under "What bounds each call" in docs/operations.md').toBe('');
  expect(named.filter((name) => !surface.includes(name))).toEqual([]);
  expect(new Set(named).size).toBe(named.length);
});
