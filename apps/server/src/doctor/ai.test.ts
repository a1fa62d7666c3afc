import { once } from 'node:events';
import { createServer } from 'node:http';

import { says, scriptedAiBackend } from '@amanda/ai-client/scripted';
import { expect, test } from 'vitest';

import { parseConfig } from '../config/config.ts';
import { aiFinding } from './ai.ts';

/** A model server that answers each request in the same way, and how often it was asked. */
async function modelServer(status: number, body: string) {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    get asked() {
      return asked;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const of = (variables: Record<string, string>) => aiFinding(parseConfig(variables));

test.each([
  [
    200,
    '{"choices":[{"message":{"content":"hello\\nthere"},"finish_reason":"stop"}]}',
    'ok',
    /answers: “hello there”$/u,
  ],
  [
    200,
    '{"choices":[{"message":{"reasoning":"hm"},"finish_reason":"length"}]}',
    'bad',
    /without text \(finish reason: length, after it reasoned\)$/u,
  ],
  [
    401,
    '{"error":{"message":"Incorrect API key provided: sk-abcdefgh"}}',
    'bad',
    /does not answer: .* 401 .*Incorrect API key provided: \[key\]$/u,
  ],
  [404, 'Not Found', 'bad', /404 .*\/v1\?$/u],
  [200, '<title>Welcome</title>', 'bad', /a page for people.*Welcome/u],
])('asks a model server one real question: %d %s', async (status, body, level, text) => {
  await using server = await modelServer(status, body);

  const finding = await of({ OPENAI_BASE_URL: server.origin, OPENAI_MODEL: 'm' });

  expect(finding).toEqual({ level, text: expect.stringMatching(text) });
  expect(finding.text).toContain(`The model m at ${server.origin}`);
  expect(finding.text).not.toContain('\n');
  expect(server.asked).toBe(1);
});

test('says why a model server cannot be reached', async () => {
  const gone = await modelServer(200, '');
  await gone[Symbol.asyncDispose]();
  expect(await of({ OPENAI_BASE_URL: `${gone.origin}/v1`, OPENAI_MODEL: 'm' })).toEqual({
    level: 'bad',
    text: expect.stringContaining('could not be reached (ECONNREFUSED)'),
  });
});

test('asks a gRPC backend too', async () => {
  await using backend = await scriptedAiBackend(says('I am here.'));
  const variables = { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) };

  expect(await of(variables)).toEqual({
    level: 'ok',
    text: `The AI backend at ${backend.host}:${backend.port} answers: “I am here.”`,
  });
  expect(backend.requests).toHaveLength(1);
});

test('has nothing to ask of the built-in partner', async () => {
  expect(await of({})).toEqual({ level: 'ok', text: 'The AI backend is the built-in one (offline)' });
});
