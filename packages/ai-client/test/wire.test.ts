import { expect, test } from 'vitest';
import { type AiRequest, createAiClient } from '../src/index.ts';
import { foreignAiBackend, says, scriptedAiBackend } from '../src/scripted/index.ts';
import { answerOf, question, textOf } from './fixtures/asking.ts';

const everything: AiRequest = {
  userId: 7,
  chatId: 42,
  message: 'And now? 🌍',
  history: [
    { role: 'user', text: 'Hello' },
    { role: 'assistant', text: 'Hi \u0000 there' },
  ],
  systemPrompt: 'Be brief.',
  displayName: 'Ada',
  continueFrom: 'Well, ',
};

test('every field of a request and of a piece survives the wire', async () => {
  const pieces = [
    { text: '🌍', done: false, model: 'm-1', continues: true },
    { text: '', done: true, usage: { inputTokens: 12, outputTokens: 4_000_000_000 }, finishReason: 'length' },
  ];
  await using backend = await scriptedAiBackend(async function* () {
    yield* pieces;
  });
  await using client = createAiClient(backend);

  expect(await answerOf(client, everything)).toEqual(pieces);
  expect(backend.requests).toEqual([everything]);
});

test('optional fields that are not set are absent on the other side', async () => {
  await using backend = await scriptedAiBackend(says('Fine'));
  await using client = createAiClient(backend);

  expect(await answerOf(client)).toEqual([
    { text: 'Fine', done: false },
    { text: '', done: true },
  ]);
  expect(backend.requests).toStrictEqual([question]);
});

test('a backend that knows only the original fields reads its three and is understood', async () => {
  await using backend = await foreignAiBackend(says('Grüße', ' 🌍'));
  await using client = createAiClient(backend);

  const pieces = await answerOf(client, everything);

  expect(textOf(pieces)).toBe('Grüße 🌍');
  expect(pieces.at(-1)).toEqual({ text: '', done: true });
  expect(pieces.some(({ continues }) => continues)).toBe(false);
  expect(backend.requests).toEqual([{ userId: 7, chatId: 42, message: 'And now? 🌍', history: [] }]);
});

test('text on the piece that says done is kept', async () => {
  await using backend = await foreignAiBackend(async function* () {
    yield { text: 'all at once', done: true };
  });
  await using client = createAiClient(backend);

  expect(await answerOf(client)).toEqual([{ text: 'all at once', done: true }]);
});

test('a stream that ends with OK and no done is complete', async () => {
  await using backend = await foreignAiBackend(async function* () {
    yield 'no goodbye';
  });
  await using client = createAiClient(backend);

  expect(await answerOf(client)).toEqual([
    { text: 'no goodbye', done: false },
    { text: '', done: true },
  ]);
});
