import { expect, test } from 'vitest';
import { createAiClient } from '../src/index.ts';
import {
  type AiScript,
  fallsSilentAfter,
  foreignAiBackend,
  pause,
  says,
  scriptedAi,
  scriptedAiBackend,
} from '../src/scripted/index.ts';
import { answerOf, patient, question, rejection, textOf } from './fixtures/asking.ts';

const never = (): Promise<never> => Promise.withResolvers<never>().promise;

test('an abort ends the reader with an AbortError and the script with its signal', async () => {
  await using backend = await scriptedAiBackend(fallsSilentAfter('begun'));
  await using client = createAiClient(backend);
  const stop = new AbortController();
  const answer = client.stream(question, { signal: stop.signal })[Symbol.asyncIterator]();
  await answer.next();

  const failed = rejection(answer.next());
  stop.abort();

  const thrown = await failed;
  expect(thrown).toBeInstanceOf(DOMException);
  expect(thrown).toMatchObject({ name: 'AbortError' });
  const call = await backend.received(0);
  await call.finished;
  expect(call.signal.aborted).toBe(true);
});

test('an abort before the first pull asks nothing of the backend', async () => {
  await using backend = await scriptedAiBackend(says('unasked'));
  await using client = createAiClient(backend);

  expect(await rejection(answerOf(client, question, AbortSignal.abort()))).toMatchObject({
    name: 'AbortError',
  });
  expect(backend.calls).toEqual([]);
});

test('an abort is honoured at once although the backend ignores it', async () => {
  const deaf: AiScript = async function* () {
    yield 'begun';
    await never();
  };
  await using client = scriptedAi(deaf);
  const stop = new AbortController();
  const answer = client.stream(question, { signal: stop.signal })[Symbol.asyncIterator]();
  await answer.next();

  const failed = rejection(answer.next());
  stop.abort();

  expect(await failed).toMatchObject({ name: 'AbortError' });
});

test('an abort while the reader is busy tells the backend before the reader pulls again', async () => {
  await using backend = await scriptedAiBackend(fallsSilentAfter('begun'));
  await using client = createAiClient(backend);
  const stop = new AbortController();
  const answer = client.stream(question, { signal: stop.signal })[Symbol.asyncIterator]();
  await answer.next();

  stop.abort();

  await (await backend.received(0)).finished;
  expect(await rejection(answer.next())).toMatchObject({ name: 'AbortError' });
});

test('leaving the loop cancels the call', async () => {
  await using backend = await scriptedAiBackend(fallsSilentAfter('enough'));
  await using client = createAiClient(backend);

  for await (const { text } of client.stream(question, { signal: patient() })) {
    expect(text).toBe('enough');
    break;
  }

  const call = await backend.received(0);
  await call.finished;
  expect(call.signal.aborted).toBe(true);
});

test('a backend that is still to finish after done does not see a cancelled call', async () => {
  const answered = Promise.withResolvers<void>();
  await using backend = await foreignAiBackend(async function* (_, { signal }) {
    yield { text: 'all', done: true };
    await pause(answered.promise, signal);
  });
  await using client = createAiClient(backend);

  expect(textOf(await answerOf(client))).toBe('all');
  // Over the same connection: a cancellation would have arrived before its answer.
  await client.health();
  answered.resolve();

  const call = await backend.received(0);
  await call.finished;
  expect(call.signal.aborted).toBe(false);
});

test('pieces after done are not part of the answer', async () => {
  await using client = scriptedAi(async function* () {
    yield { text: 'all', done: true };
    yield 'too late';
  });

  expect(await answerOf(client)).toEqual([{ text: 'all', done: true }]);
});

test('a reader that does not pull holds the backend back', async () => {
  const total = 2_000;
  await using backend = await scriptedAiBackend(async function* () {
    for (let index = 0; index < total; index += 1) yield 'x'.repeat(20_000);
  });
  await using client = createAiClient(backend);
  const answer = client.stream(question, { signal: patient() })[Symbol.asyncIterator]();
  await answer.next();
  // A health check goes the same way, behind whatever the backend could send.
  await client.health();
  await client.health();

  expect((await backend.received(0)).given).toBeLessThan(total / 4);
  await answer.return?.();
});

test('closing the client ends its streams with CLOSED and cancels their calls', async () => {
  await using backend = await scriptedAiBackend(fallsSilentAfter('begun'));
  const client = createAiClient(backend);
  const answer = client.stream(question, { signal: patient() })[Symbol.asyncIterator]();
  await answer.next();

  const failed = rejection(answer.next());
  await client.close();
  await client.close();

  expect(await failed).toMatchObject({ code: 'CLOSED' });
  await (await backend.received(0)).finished;
  expect(await rejection(answerOf(client))).toMatchObject({ code: 'CLOSED' });
});

test('health tells a serving backend from one without the service', async () => {
  await using ours = await scriptedAiBackend(says('x'));
  await using foreign = await foreignAiBackend(says('x'));
  await using first = createAiClient(ours);
  await using second = createAiClient(foreign);

  expect(await first.health()).toBe('serving');
  expect(await second.health()).toBe('unknown');
  expect(await rejection(first.health(AbortSignal.abort()))).toMatchObject({ name: 'AbortError' });
});

test('twenty answers at once over one connection stay apart', async () => {
  await using backend = await scriptedAiBackend(async function* ({ message }) {
    for (let index = 0; index < 50; index += 1) yield `${message}:${index} `;
    yield { done: true };
  });
  await using client = createAiClient(backend);

  const texts = await Promise.all(
    Array.from({ length: 20 }, async (_, id) =>
      textOf(await answerOf(client, { ...question, message: `q${id}` })),
    ),
  );

  const whole = (id: number) => Array.from({ length: 50 }, (_, index) => `q${id}:${index} `).join('');
  expect(texts).toEqual(Array.from({ length: 20 }, (_, id) => whole(id)));
});
