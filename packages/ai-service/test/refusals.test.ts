import { createAiClient } from '@amanda/ai-client';
import { Status } from 'nice-grpc';
import { expect, test, vi } from 'vitest';
import { createAiServer, openAiCompatibleProvider } from '../src/index.ts';
import { answerOf, outcome, question } from './fixtures/answers.ts';
import { chunk, data, type ModelScript, modelServer } from './fixtures/model-server.ts';

const says = 'the quota is used up';
const sse = { 'content-type': 'text/event-stream' };
const json = { 'content-type': 'application/json' };
const ok = `${data(chunk({ content: 'ok' }, { finish_reason: 'stop' }))}data: [DONE]\n\n`;
const answers =
  (status: number, headers: Record<string, string>, body: string): ModelScript =>
  (response) =>
    void response.writeHead(status, headers).end(body);
const streams = (body: string) => answers(200, sse, body);

const envelopes: readonly (readonly [string, ModelScript])[] = [
  ['an error object', answers(429, json, JSON.stringify({ error: { message: says, type: 'x' } }))],
  ['an error text', answers(400, json, JSON.stringify({ error: says }))],
  ['an error in a list', answers(400, json, JSON.stringify([{ error: { message: says } }]))],
  ['a list of errors', answers(400, json, JSON.stringify({ errors: [{ message: says }] }))],
  ['a message', answers(400, json, JSON.stringify({ object: 'error', message: says, code: 400 }))],
  ['a detail', answers(404, json, JSON.stringify({ detail: says }))],
  ['details of fields', answers(422, json, JSON.stringify({ detail: [{ loc: ['body', 'x'], msg: says }] }))],
  ['an error within a detail', answers(500, json, JSON.stringify({ detail: { error: { message: says } } }))],
  [
    'a problem document',
    answers(403, { 'content-type': 'application/problem+json' }, JSON.stringify({ title: says })),
  ],
  ['JSON of no known form', answers(500, json, JSON.stringify({ wrong: { text: says } }))],
  ['plain text', answers(500, { 'content-type': 'text/plain' }, says)],
  [
    'a page',
    answers(
      502,
      { 'content-type': 'text/html' },
      `<html><head><title>502</title></head><body><h1>${says}</h1></body></html>`,
    ),
  ],
  [
    'a page with status 200',
    answers(200, { 'content-type': 'text/html' }, `<!doctype html><title>${says}</title>`),
  ],
  ['no key', answers(401, json, JSON.stringify({ error: { message: says } }))],
  ['an event', streams(data({ error: { message: says, code: 429 } }))],
  ['an event with a text', streams(data({ error: says }))],
  ['an event named error', streams(`event: error\n${data({ message: says })}`)],
  ['an event of vLLM', streams(data({ object: 'error', message: says, code: 400 }))],
  ['an event behind text', streams(data(chunk({ content: 'half' })) + data({ error: { message: says } }))],
  [
    'an event with the last text',
    streams(data(chunk({ content: 'half' }, {}, { error: { message: says } }))),
  ],
  ['a choice with an error', streams(data(chunk({}, { error: { message: says }, finish_reason: 'error' })))],
  [
    'a line without framing',
    streams(`${data(chunk({ content: 'half' }))}{"error":{"message":"${says}"}}\n\n`),
  ],
  ['an event of text', streams(data(`Internal error: ${says}`))],
  ['a vendor event before the end', streams(data({ code: 1, message: says }))],
  ['JSON with status 200', answers(200, json, JSON.stringify({ error: { message: says } }))],
  ['JSON that says it is a stream', streams(JSON.stringify({ error: says }))],
];

test.each(envelopes)('%s: the reason reaches the log, and nothing is asked twice', async (_name, script) => {
  const warn = vi.fn<(fields: object, message: string) => void>();
  await using model = await modelServer(script);
  const provider = openAiCompatibleProvider({ baseUrl: model.baseUrl, model: 'm-1' });
  await using server = await createAiServer({ provider, log: { warn, error: warn } });
  await using client = createAiClient(server);
  const { thrown, text } = await outcome({
    name: 'client',
    stream: (request, signal) => client.stream(request, { signal }),
  });

  expect(String(thrown)).toContain(says);
  expect(warn.mock.calls).toEqual([[expect.anything(), expect.stringContaining(says)]]);
  expect(model.requests).toHaveLength(1);
  expect(['', 'half']).toContain(text);
});

test('a stream that fails before its first text is not asked for again: it may have been paid', async () => {
  await using model = await modelServer((response) => {
    response.writeHead(200, sse);
    response.write(': working\n\n', () => setImmediate(() => response.destroy()));
  });
  const provider = openAiCompatibleProvider({ baseUrl: model.baseUrl, model: 'm-1' });
  await using server = await createAiServer({ provider });
  await using client = createAiClient(server);

  const { thrown } = await outcome({
    name: 'client',
    stream: (request, signal) => client.stream(request, { signal }),
  });

  expect(thrown).toMatchObject({ code: 'UNAVAILABLE' });
  expect(model.requests).toHaveLength(1);
});

const key = 'tr-0123456789abcdef';

test.each([
  `Incorrect API key provided: ${key}.`,
  'Incorrect API key provided: sk-proj-abc***wxyz',
  'Authorization: Bearer abcdef0123456789',
  'GET https://models.example/v1?api_key=abcdefgh&x=1 failed',
  'connect to https://user:abcdefgh@models.example failed',
  '{"api-key": "abcdefgh12345678"}',
])('a key in what the server says is masked: %s', async (message) => {
  const { thrown } = await answerOf(answers(401, json, JSON.stringify({ error: { message } })), {
    apiKey: key,
  });

  expect(thrown).toMatchObject({ code: Status.UNAUTHENTICATED });
  expect(String(thrown)).not.toMatch(/abc|0123|wxyz/u);
  expect(String(thrown)).toContain('[key]');
});

test('what a server says is one line and bounded', async () => {
  const { thrown } = await answerOf(answers(500, json, `one\r\ntwo\u001b[31m ${'x'.repeat(100_000)}`));

  expect(thrown).toMatchObject({ code: Status.INTERNAL });
  expect(String(thrown)).toContain('one two [31m xx');
  expect(String(thrown).length).toBeLessThan(800);
});

test.each([
  ['says so', { error: { code: 503, message: 'Loading model' } }, {}],
  ['says when', { error: 'busy' }, { 'retry-after': '0' }],
])('a model that is loading and %s is waited for', async (_name, body, headers) => {
  const answer = await answerOf(
    (response, call) =>
      void (call < 2
        ? response.writeHead(503, { ...json, ...headers }).end(JSON.stringify(body))
        : response.writeHead(200, sse).end(ok)),
    { maxRetries: 0 },
  );

  expect(answer).toMatchObject({ text: 'ok', thrown: undefined });
  expect(answer.requests).toHaveLength(3);
});

test.each([
  ['a model that cannot be loaded', 503, 'error loading model: file not found', {}],
  ['a wait that is longer than the patience', 503, 'Loading model', { 'retry-after': '3600' }],
  ['a limit that lasts', 429, says, { 'retry-after': '60' }],
  ['a limit without an end', 429, says, {}],
  ['a failure that may have cost something', 500, says, {}],
  ['a gateway that lost its answer', 502, says, {}],
])('%s is told at once', async (_name, status, message, headers) => {
  const { thrown, requests } = await answerOf(answers(status, { ...headers }, message), {
    maxRetries: status === 503 ? 0 : 2,
  });

  expect(String(thrown)).toContain(message);
  expect(requests).toHaveLength(1);
});

test('a base URL without its version is told of', async () => {
  const { thrown } = await answerOf(answers(404, {}, 'Not Found'), {});
  expect(String(thrown)).not.toContain('/v1?');
  await using server = await modelServer(answers(404, {}, 'Not Found'));
  const provider = openAiCompatibleProvider({ baseUrl: new URL('/', server.baseUrl).href, model: 'm-1' });
  expect(String((await outcome(provider)).thrown)).toMatch(
    /404 .* Not Found; does its base URL lack \/v1\?$/u,
  );
});

test('a server that refuses stream_options is asked without, and not again', async () => {
  await using server = await modelServer((response, call) => {
    const asks = 'stream_options' in (server.requests[call]?.body ?? {});
    if (asks)
      response.writeHead(422, json).end('{"detail":[{"loc":["body","stream_options"],"msg":"extra"}]}');
    else response.writeHead(200, sse).end(ok);
  });
  const provider = openAiCompatibleProvider({ baseUrl: server.baseUrl, model: 'm-1' });

  for (let round = 0; round < 3; round += 1) expect((await outcome(provider)).text).toBe('ok');
  expect(server.requests.map(({ body }) => 'stream_options' in body)).toEqual([false, true, false, false]);
});

test('a server that counts only when asked is asked from its second answer on', async () => {
  const usage = data({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 1 } });
  await using server = await modelServer((response, call) => {
    const asks = 'stream_options' in (server.requests[call]?.body ?? {});
    response.writeHead(200, sse).end((asks ? usage : '') + ok);
  });
  const provider = openAiCompatibleProvider({ baseUrl: server.baseUrl, model: 'm-1' });

  const counts = [];
  for (let round = 0; round < 3; round += 1) counts.push((await outcome(provider)).last?.usage?.inputTokens);
  expect(counts).toEqual([undefined, 3, 3]);
});

test.each([
  [{ streamUsage: 'on' } as const, { stream_options: { include_usage: true } }],
  [{ streamUsage: 'off' } as const, {}],
  [{ extraBody: { temperature: 0.2, model: 'other', stream: false } }, { temperature: 0.2 }],
])('%j shapes the request', async (options, fields) => {
  const { requests } = await answerOf(streams(ok), options);
  expect(requests[0]?.body).toEqual({
    ...fields,
    model: 'm-1',
    stream: true,
    messages: [{ role: 'user', content: question.message }],
  });
});
