import { expect, test } from 'vitest';
import { type AiPiece, createAiClient, type StartTimer, safeReason } from '../src/index.ts';
import { failure, Status, says, scriptedAi, scriptedAiBackend } from '../src/scripted/index.ts';
import { answerOf, rejection, textOf } from './fixtures/asking.ts';

/** A clock on which no time passes, and how long each wait might have taken. */
function recordingClock(): { startTimer: StartTimer; waits: readonly number[] } {
  const waits: number[] = [];
  const startTimer: StartTimer = (ms) => {
    waits.push(ms);
    return () => {};
  };
  return { startTimer, waits };
}

test.each([
  [{ inputTokens: -1, outputTokens: 1 }],
  [{ inputTokens: 1, outputTokens: 1.5 }],
  [{ inputTokens: 2 ** 32, outputTokens: 1 }],
  [{ inputTokens: Number.NaN, outputTokens: Number.POSITIVE_INFINITY }],
])('%j are no counts: they are left out, and the answer comes', async (usage) => {
  await using backend = await scriptedAiBackend(async function* () {
    yield { text: 'whole', usage };
    yield { done: true, usage };
  });
  await using client = createAiClient(backend);

  const pieces = await answerOf(client);

  expect(textOf(pieces)).toBe('whole');
  expect(pieces.map((piece) => piece.usage)).toEqual([undefined, undefined]);
});

test.each([
  ['MAX_TOKENS', 'length'],
  ['end_turn', 'stop'],
  ['content_filter', 'content-filter'],
  ['a word of its own', 'a word of its own'],
  ['x'.repeat(5_000), 'x'.repeat(100)],
])('the reason %s is told in one word for all providers', async (word, told) => {
  await using backend = await scriptedAiBackend(async function* () {
    yield { text: 'a', model: 'm'.repeat(5_000) };
    yield { done: true, finishReason: word, reasoned: true };
  });
  await using client = createAiClient(backend);

  const pieces = await answerOf(client);

  expect(pieces.at(-1)).toEqual({ text: '', done: true, finishReason: told, reasoned: true });
  expect(pieces[0]?.model).toHaveLength(200);
});

test('pieces without text are signs of life, and leave the patience of the first text', async () => {
  const { startTimer, waits } = recordingClock();
  const ai = scriptedAi(
    async function* () {
      yield '';
      yield 'text';
      yield '';
      yield { done: true };
    },
    { firstPieceTimeoutMs: 300, silenceTimeoutMs: 100, startTimer },
  );
  await answerOf(ai);
  expect(waits.slice(0, 4)).toEqual([300, 300, 100, 100]);
});

test('a first piece that is due soon does not shorten what comes between two signs', async () => {
  const { startTimer, waits } = recordingClock();
  const ai = scriptedAi(says('', 'text'), { firstPieceTimeoutMs: 10, silenceTimeoutMs: 100, startTimer });
  await answerOf(ai);
  expect(waits.slice(0, 3)).toEqual([10, 100, 100]);
});

test('what a backend says comes without its keys, in the cause too', async () => {
  await using backend = await scriptedAiBackend(async function* (): AsyncGenerator<Partial<AiPiece>> {
    yield { text: 'a' };
    throw failure(Status.PERMISSION_DENIED, 'sk-abcdefgh may not do that');
  });
  await using client = createAiClient(backend);

  const thrown = await rejection(answerOf(client));

  expect(thrown).toMatchObject({
    message: '[key] may not do that',
    cause: { message: expect.stringContaining('[key] may not do that') },
  });
});

test('a reason for the log is one bounded line without keys, and prose stays prose', () => {
  expect(safeReason('use Bearer abcdef0123456789 or sk-abcdefgh\nnow')).toBe('use Bearer [key] or [key] now');
  expect(safeReason('The API key: please check it. Bearer token required')).toBe(
    'The API key: please check it. Bearer token required',
  );
  expect(safeReason('a plain token=secretvalue', ['plain'])).toBe('a [key] token=secretvalue');
  expect(safeReason('x'.repeat(10_000))).toHaveLength(500);
});
