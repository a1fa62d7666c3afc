import { createAiClient } from '@amanda/ai-client';
import { Status } from 'nice-grpc';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAiServer, openAiCompatibleProvider } from '../src/index.ts';
import { answerOf, outcome, question } from './fixtures/answers.ts';
import { chunk, data, modelServer } from './fixtures/model-server.ts';

const sse = { 'content-type': 'text/event-stream' };
const ok = `${data(chunk({ content: 'ok' }, { finish_reason: 'stop' }))}data: [DONE]\n\n`;
const short = { firstPieceTimeoutMs: 200, silenceTimeoutMs: 200 };

test.each([
  ['headers and nothing else', ''],
  ['a text, then silence', data(chunk({ content: 'half' }))],
  ['reasoning, then silence', data(chunk({ reasoning: 'hm' }))],
])('%s is an end by time, with its text kept', async (_name, body) => {
  const answer = await answerOf(
    (response) => {
      response.writeHead(200, sse).flushHeaders();
      if (body !== '') response.write(body);
    },
    { patience: short },
  );

  expect(answer.thrown).toMatchObject({ code: Status.DEADLINE_EXCEEDED });
  expect(answer.text).toBe(body.includes('half') ? 'half' : '');
  expect(await answer.requests[0]?.closed).toBe(false);
});

test('a model that has said why it stopped need not say [DONE]', async () => {
  const answer = await answerOf((response) => {
    response.writeHead(200, sse);
    response.write(data(chunk({ content: 'ok' }, { finish_reason: 'length' })));
  });
  expect(answer.last).toEqual({ text: '', done: true, finishReason: 'length' });
});

test.each([
  ['comments', ': at work\n\n'],
  ['empty pieces', data(chunk({ content: '' }))],
  ['pieces of null', data(chunk({ role: null, content: null }))],
  ['reasoning', data(chunk({ reasoning_content: 'hm' }))],
  ['half a line', ' '],
])('%s of the model server are signs of life through the hop to the server', async (_name, sign) => {
  await using model = await modelServer(async (response) => {
    response.writeHead(200, sse).flushHeaders();
    // As many as the reader has been shown: it is the reader that lets time pass, not this test.
    for await (const _ of readerLooks) response.write(sign);
    response.end(sign === ' ' ? `\n\n${ok}` : ok);
  });
  const looks = 4;
  const { readable, writable } = new TransformStream<number, number>();
  const readerLooks = readable;
  const look = writable.getWriter();
  const provider = openAiCompatibleProvider({
    baseUrl: model.baseUrl,
    model: 'm-1',
    // A fourth of it lies between two signs that are passed on.
    patience: { silenceTimeoutMs: 1 },
  });
  await using server = await createAiServer({ provider });
  await using client = createAiClient(server);

  let seen = 0;
  let text = '';
  for await (const piece of client.stream(question, { signal: new AbortController().signal })) {
    text += piece.text;
    if (piece.text !== '') continue;
    seen += 1;
    if (seen <= looks) void look.write(seen);
    else if (seen === looks + 1) void look.close();
  }

  expect(text).toBe('ok');
  expect(seen).toBeGreaterThan(looks);
});

test('time that the reader takes is not the model’s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  await using server = await modelServer(async (response) => {
    response.writeHead(200, sse).flushHeaders();
    await goOn;
    response.end(ok);
  });
  const provider = openAiCompatibleProvider({ baseUrl: server.baseUrl, model: 'm-1', patience: short });
  const pieces = provider.stream(question, new AbortController().signal)[Symbol.asyncIterator]();
  await pieces.next();
  // Longer than the patience, while nobody waits for the model.
  vi.advanceTimersByTime(2 * short.silenceTimeoutMs);
  resolve();
  expect(await pieces.next()).toMatchObject({ value: { text: 'ok' } });
  await pieces.return?.();
});

test('a call that is stopped while a model loads is not made again', async () => {
  await using server = await modelServer((response) => {
    response.writeHead(503, { 'retry-after': '1' }).end('Loading model');
  });
  const stop = new AbortController();
  const provider = openAiCompatibleProvider({ baseUrl: server.baseUrl, model: 'm-1' });
  const failed = outcome(provider, question, stop.signal);
  await server.received(0);
  stop.abort();
  expect((await failed).thrown).toMatchObject({ name: 'AbortError' });
  expect(server.requests).toHaveLength(1);
});
