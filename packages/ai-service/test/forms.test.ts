import type { ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Status } from 'nice-grpc';
import { describe, expect, test } from 'vitest';
import { openAiCompatibleProvider, providerFromConfig } from '../src/index.ts';
import { answerOf, outcome } from './fixtures/answers.ts';
import { chunk, data, modelServer } from './fixtures/model-server.ts';

const sse = { 'content-type': 'text/event-stream' };
const text = (content: string) => data(chunk({ content }));
const stop = data(chunk({}, { finish_reason: 'stop' }));
const done = 'data: [DONE]\n\n';
const hello = text('Hel') + text('lo');
const usage = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 };
const counted = { usage: { inputTokens: 11, outputTokens: 5 } };
const crlf = (body: string) => body.replaceAll('\n', '\r\n');

/** How servers write one and the same answer: what they send, and what else is known at its end. */
const forms: readonly (readonly [string, string | Buffer, object?])[] = [
  [
    'OpenAI: role first, usage last',
    data(chunk({ role: 'assistant', content: '', refusal: null })) +
      hello +
      stop +
      data({ ...chunk({}), choices: [], usage }) +
      done,
    counted,
  ],
  ['OpenAI: usage null in each chunk', data(chunk({ content: 'Hello' }, {}, { usage: null })) + stop + done],
  [
    'OpenAI: obfuscation, logprobs, service tier',
    data(
      chunk(
        { content: 'Hello' },
        { logprobs: { content: [] } },
        { obfuscation: 'x', service_tier: 'default', system_fingerprint: null },
      ),
    ) +
      stop +
      done,
  ],
  [
    'Azure: a first chunk of filter results without a choice',
    data({ id: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] }) +
      hello +
      stop +
      done,
  ],
  [
    'Azure: a filter result without a delta',
    hello + data({ choices: [{ index: 0, content_filter_offsets: {}, finish_reason: null }] }) + stop + done,
  ],
  [
    'Ollama: finish with an empty content, created as text',
    hello +
      data(chunk({ role: 'assistant', content: '' }, { finish_reason: 'stop' }, { created: 'now' })) +
      done,
  ],
  [
    'llama.cpp: timings and null content',
    data(chunk({ role: 'assistant', content: null })) +
      hello +
      data(chunk({}, { finish_reason: 'stop' }, { timings: { predicted_per_second: 5.5 } })) +
      done,
  ],
  [
    'vLLM: usage in every chunk',
    data(chunk({ content: 'Hello' }, {}, { usage: { prompt_tokens: 11, completion_tokens: 1 } })) +
      data(chunk({}, { finish_reason: 'stop', stop_reason: null }, { usage })) +
      done,
    counted,
  ],
  ['LM Studio: CRLF', crlf(hello + stop + done)],
  [
    'LiteLLM: every field of the delta is there and null',
    data(chunk({ content: 'Hello', role: null, function_call: null, tool_calls: null, audio: null })) +
      stop +
      done,
  ],
  [
    'OpenRouter: comments, provider, native reason',
    `: OPENROUTER PROCESSING\n\n${hello}${data(chunk({ content: '' }, { finish_reason: 'stop', native_finish_reason: 'STOP' }, { provider: 'x' }))}: OPENROUTER PROCESSING\n\n${done}`,
  ],
  [
    'Groq: usage in a field of its own',
    hello + data(chunk({}, { finish_reason: 'stop' }, { x_groq: { id: 'r', usage } })) + done,
  ],
  [
    'Mistral: content as a list of parts',
    data(
      chunk({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'text', text: 'Hello' },
        ],
      }),
    ) +
      stop +
      done,
    { reasoned: true },
  ],
  [
    'DeepSeek: reasoning, then text',
    data(chunk({ content: null, reasoning_content: 'hm' })) + hello + stop + done,
    { reasoned: true },
  ],
  [
    'OpenRouter: reasoning and its details',
    data(
      chunk({ content: '', reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }),
    ) +
      hello +
      stop +
      done,
    { reasoned: true },
  ],
  [
    'Perplexity: the whole message beside each delta',
    data(chunk({ content: 'Hel' }, { message: { content: 'Hel' } })) +
      data(chunk({ content: 'lo' }, { message: { content: 'Hello' } })) +
      stop +
      done,
  ],
  ['a legacy completion', data({ choices: [{ index: 0, text: 'Hello', finish_reason: 'stop' }] }) + done],
  ['a choice without an index', data({ choices: [{ delta: { content: 'Hello' } }] }) + stop + done],
  ['a second choice', hello + data({ choices: [{ index: 1, delta: { content: 'other' } }] }) + stop + done],
  ['a refusal', data(chunk({ refusal: 'Hello', content: null })) + stop + done],
  ['finish in the chunk of the text', data(chunk({ content: 'Hello' }, { finish_reason: 'stop' })) + done],
  [
    'an empty finish reason in each chunk',
    data(chunk({ content: 'Hello' }, { finish_reason: '' })) + stop + done,
  ],
  [
    'named events and pings',
    `event: ping\ndata: {}\n\nevent: message\n${hello}event: ping\ndata: {"type":"ping"}\n\n${stop}${done}`,
  ],
  ['a byte order mark', `\uFEFF${hello}${stop}${done}`],
  ['no space behind the colon', (hello + stop + done).replaceAll('data: ', 'data:')],
  ['lone carriage returns', (hello + stop + done).replaceAll('\n', '\r')],
  [
    'data over several lines',
    `data: {"choices":[{"index":0,\ndata: "delta":{"content":"Hello"}}]}\n\n${stop}${done}`,
  ],
  ['ids and retries', `id: 1\nretry: 10\n${hello}${stop}${done}`],
  ['[DONE] with white space', `${hello}${stop}data:  [DONE] \n\n`],
  ['[DONE] without an empty line', `${hello}${stop}data: [DONE]`],
  ['an end without [DONE]', hello + stop],
  ['[DONE] without a finish reason', hello + done],
  ['text behind the finish reason', `${text('Hel')}${stop}${text('lo')}${done}`],
  ['things behind [DONE]', hello + stop + done + data({ error: { message: 'too late' } })],
  [
    'an error behind the finish reason',
    hello + stop + data({ error: { message: 'usage is broken' } }) + done,
  ],
  [
    'numbers that JSON does not have',
    `data: {"choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":{"x":-Infinity,"y":NaN}}]}\n\n${stop}${done}`,
  ],
  [
    'null errors',
    data(chunk({ content: 'Hello' }, {}, { error: null })) + data({ ...chunk({}), error: {} }) + stop + done,
  ],
  [
    'choices null, absent, a text',
    hello + data({ choices: null }) + data({ choices: 'x' }) + data({}) + stop + done,
  ],
  [
    'events that are no objects',
    `${hello}data: null\n\ndata: 7\n\ndata: "x"\n\ndata: []\n\ndata: ping\n\n${stop}${done}`,
  ],
  [
    'odd types of every field',
    data({
      id: 1,
      object: [],
      created: {},
      model: null,
      choices: [
        null,
        7,
        { index: 0, delta: { content: 'Hello', role: 7, tool_calls: {} }, finish_reason: 9, logprobs: 'x' },
      ],
      usage: [],
    }) +
      stop +
      done,
  ],
  ['empty data lines', `data:\n\ndata: \n\n${hello}data: \n\n${stop}${done}`],
  [
    'usage of other types',
    hello +
      data({ choices: [], usage: 'none' }) +
      stop +
      data({ choices: [], usage: { prompt_tokens: '1', completion_tokens: 2.5 } }) +
      done,
  ],
  [
    'usage without bounds',
    hello + stop + data({ choices: [], usage: { prompt_tokens: -1, completion_tokens: 1e300 } }) + done,
  ],
  [
    'one JSON object',
    JSON.stringify({
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage,
    }),
    counted,
  ],
  [
    'one JSON object, printed for people',
    JSON.stringify({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] }, null, 2),
  ],
  [
    'one JSON object a line',
    [chunk({ content: 'Hel' }), chunk({ content: 'lo' }, { finish_reason: 'stop' })]
      .map((value) => JSON.stringify(value))
      .join('\n'),
  ],
  ['gzip', gzipSync(hello + stop + done)],
  ['brotli', brotliCompressSync(hello + stop + done)],
];

const encodingOf = (name: string) =>
  ({ gzip: { 'content-encoding': 'gzip' }, brotli: { 'content-encoding': 'br' } })[name] ?? {};

const cases = forms.map(([name, body, known = {}]) => ({ name, body, known }));

describe.each(cases)('$name', ({ name, body, known }) => {
  const headers = { ...sse, ...encodingOf(name) };

  test('is read', async () => {
    const answer = await answerOf((response) => void response.writeHead(200, headers).end(body));

    expect(answer).toMatchObject({ text: 'Hello', thrown: undefined });
    expect({ finishReason: 'stop', ...answer.last }).toMatchObject({
      text: '',
      done: true,
      finishReason: 'stop',
      ...known,
    });
    expect(answer.last?.usage).toEqual('usage' in known ? counted.usage : undefined);
  });

  test('is read byte by byte', async () => {
    const answer = await answerOf(async (response) => {
      response.writeHead(200, headers);
      for (const byte of Buffer.from(body)) response.write(Buffer.of(byte));
      response.end();
    });

    expect(answer).toMatchObject({ text: 'Hello', thrown: undefined });
  });
});

test('characters that are cut between two chunks of bytes come whole', async () => {
  const bytes = Buffer.from(text('zwölf 🌍 日本') + stop + done);
  const answer = await answerOf((response) => {
    response.writeHead(200, sse);
    for (const byte of bytes) response.write(Buffer.of(byte));
    response.end();
  });
  expect(answer.text).toBe('zwölf 🌍 日本');
});

const endless = (body: string) => (response: ServerResponse) => {
  response.writeHead(200, sse);
  response.write(body);
};

test('[DONE] ends the answer, though the connection stays open', async () => {
  await using server = await modelServer(endless(hello + stop + done));
  const provider = openAiCompatibleProvider({ baseUrl: server.baseUrl, model: 'm-1' });

  expect(await outcome(provider)).toMatchObject({ text: 'Hello', thrown: undefined, last: { done: true } });
  expect(await server.requests[0]?.closed).toBe(false);
});

test('message_stop ends an answer of Anthropic’s, though the connection stays open', async () => {
  const event = (value: object) => data(value);
  await using server = await modelServer(
    endless(
      event({ type: 'message_start', message: { usage: { input_tokens: 11 } } }) +
        event({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } }) +
        event({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } }) +
        event({ type: 'a_new_event', anything: [] }) +
        event({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hello' } }) +
        event({ type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 5 } }) +
        event({ type: 'message_stop' }),
    ),
  );
  const provider = providerFromConfig({
    provider: 'anthropic',
    baseUrl: server.baseUrl,
    apiKey: 'k',
    model: 'm',
  });

  const { text: said, last } = await outcome(provider);

  expect(said).toBe('Hello');
  expect(last).toEqual({ text: '', done: true, finishReason: 'length', reasoned: true, ...counted });
});

test.each([
  ['nothing at all', ''],
  ['text and no end', hello],
  ['half an event', `${hello}data: {"choices":[{"ind`],
  ['comments only', ': hello\n\n'],
])('%s is an answer that was cut, with its text kept', async (_name, body) => {
  const answer = await answerOf((response) => void response.writeHead(200, sse).end(body));

  expect(answer.thrown).toMatchObject({ code: Status.UNAVAILABLE });
  expect(answer.text).toBe(body.startsWith('data') ? 'Hello' : '');
  expect(answer.requests).toHaveLength(1);
});

test('a connection that is reset behind the finish reason has ended well', async () => {
  const answer = await answerOf((response) => {
    response.writeHead(200, sse);
    response.write(hello + stop, () => setImmediate(() => response.destroy()));
  });
  expect(answer).toMatchObject({ text: 'Hello', thrown: undefined });
});

test.each([
  ['reasoning only', [{ reasoning_content: 'x' }, 'stop'], { finishReason: 'stop', reasoned: true }],
  ['a filter', [{}, 'content_filter'], { finishReason: 'content-filter' }],
  ['a length limit', [{ reasoning: 'x' }, 'length'], { finishReason: 'length', reasoned: true }],
  [
    'a tool call',
    [{ tool_calls: [{ index: 0, function: { name: 'f' } }] }, 'tool_calls'],
    { finishReason: 'tool-calls' },
  ],
  [
    'a tool call that ends with stop',
    [{ tool_calls: [{ index: 0 }] }, undefined],
    { finishReason: 'tool-calls' },
  ],
  [
    'thoughts that never end',
    [{ content: '<think>on and on' }, 'length'],
    { finishReason: 'length', reasoned: true },
  ],
] as const)('no text because of %s: the last piece says so', async (_name, [delta, finish], last) => {
  const end = finish === undefined ? '' : data(chunk({}, { finish_reason: finish }));
  const answer = await answerOf(
    (response) => void response.writeHead(200, sse).end(data(chunk(delta)) + end + done),
  );

  expect(answer.text).toBe('');
  expect(answer.last).toEqual({ text: '', done: true, ...last });
});
