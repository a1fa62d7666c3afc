import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eventNames } from '@amanda/compat';
import { defaultHostConfig } from '@amanda/host';
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

const { batchBytes, connections, http, maxBatchSize, sockets, unread } = defaultHostConfig;
const MiB = 1_048_576;
const count = (value: number) => value.toLocaleString('en');

it.each([
  `| calls in one HTTP batch | ${maxBatchSize} |`,
  `| answers of one HTTP batch, whose calls are made one after another, each in its turn | ${batchBytes / MiB} MiB together |`,
  `| requests that wait on one HTTP connection | ${http.requestsWaiting} |`,
  `| bodies of requests from one address, from before they are read until they have been answered | ${http.bodiesBytes / MiB} MiB;`,
  `| answers of a party that are being made or wait to be read, over all connections | ${unread.unreadBytes / MiB} MiB; one that is being made counts ${unread.answerBytes / MiB} MiB, a stranger's ${unread.strangerAnswerBytes / 1024} KiB, a batch as many as it has calls, at most ${batchBytes / MiB + 1} MiB |`,
  `| messages of a party that have begun to come over WebSockets (tRPC and Socket.IO) and are not whole | ${sockets.partialBytes / MiB} MiB over all its sockets;`,
  `| a message over a WebSocket, from its first byte to its last, waiting for room included | ${sockets.messageMs / 1000} s;`,
  `| answer, event stream or Socket.IO of which the reader takes nothing | ${http.unreadMs / 1000} s from the last byte taken |`,
  `| reader that leaves its tRPC socket full | ${sockets.slowReaderMs / 1000} s from the last byte taken |`,
  `| calls in one WebSocket frame | ${sockets.callsPerFrame} |`,
  `| messages in one WebSocket frame | ${count(sockets.messagesPerFrame)} |`,
  `| calls under way on one tRPC socket | ${sockets.callsAtOnce} |`,
  `| subscriptions of one socket | ${sockets.subscriptionsPerSocket} |`,
  `| connections of one user: tRPC WebSockets, event streams and Socket.IO together | ${connections.perUser} |`,
  `| connections of strangers from one address | ${connections.strangersPerAddress} |`,
  `| connections of users from one address | ${count(connections.usersPerAddress)} |`,
])('docs/operations.md names the bound that a server has: %s', (row) => {
  expect(text).toContain(row);
});
