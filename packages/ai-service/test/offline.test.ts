import type { AiPiece, AiRequest, AiTurn } from '@amanda/ai-client';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { offlineProvider } from '../src/index.ts';
import { reflect } from '../src/offline/reflection.ts';
import { respond } from '../src/offline/respond.ts';

const request: AiRequest = { userId: 1, chatId: 1, message: 'I am sad about my mother', history: [] };

async function piecesFor(asked: AiRequest): Promise<AiPiece[]> {
  const pieces: AiPiece[] = [];
  for await (const piece of offlineProvider({ wordPauseMs: 0 }).stream(asked, new AbortController().signal)) {
    pieces.push(piece);
  }
  return pieces;
}

const answerTo = async (asked: AiRequest) => (await piecesFor(asked)).map(({ text }) => text).join('');

test.each([
  ['my mother hates me', 'your mother hates you'],
  ['you are afraid of me', 'I am afraid of you'],
  ['I was talking to you.', 'you were talking to me'],
  ['you and your cat', 'I and my cat'],
  ["I'm sure you'll like my idea, ", "you're sure I'll like your idea"],
  ['I hate you!', 'you hate me'],
  ['__proto__ and constructor', '__proto__ and constructor'],
])('%j seen from the other side is %j', (said, seen) => {
  expect(reflect(said)).toBe(seen);
});

test.each([
  [['I am sad today'], 'I am sorry to hear that you are sad. When did it begin?'],
  [['My brother annoys me'], 'Tell me more about your brother.'],
  [["I can't sleep"], "How do you know that you can't sleep?"],
  [['You annoy me'], 'Why do you think that I annoy you?'],
  [['my car is broken'], 'Tell me more about your car.'],
  [['My mum said hello. I don’t know what to do'], 'Tell me more about your mum.'],
  [['qwerty asdf'], 'Please go on.'],
  [['...'], 'Take your time. I am here when you want to begin.'],
  [[''], 'Take your time. I am here when you want to begin.'],
  [['42'], 'What does that number stand for?'],
])('%j', (said, answer) => {
  expect(respond(said)).toBe(answer);
});

test('the same remark does not get the same answer again', () => {
  const answers = [1, 2, 3, 4].map((times) => respond(Array.from({ length: times }, () => 'I am sad')));

  expect(new Set(answers.slice(0, 3)).size).toBe(3);
  expect(answers[3]).toBe(answers[0]);
});

test('an empty moment brings back what was said before, once', () => {
  const said = ['I argue with my brother', 'hm hm', 'hm hm'];

  expect(respond(said.slice(0, 2))).toMatch(/Earlier you spoke of your brother/u);
  expect(respond(said)).toBe('Please go on.');
});

test.each([
  ['Hola, estoy muy triste', /inglés/u],
  ['Bonjour, je suis très triste', /anglais/u],
  ['Ich bin müde und habe keine Zeit', /Englisch/u],
  ['你好，今天很累', /英语/u],
  ['こんにちは', /英語/u],
  ['Привет, как дела?', /по-английски/u],
  ['สวัสดี', /English/u],
])('%j is answered in its own language', (said, answer) => {
  expect(respond([said])).toMatch(answer);
});

test('the first reply of a chat, and no other, says how to configure a model', async () => {
  const first = await answerTo(request);
  const history: AiTurn[] = [
    { role: 'user', text: request.message },
    { role: 'assistant', text: first },
  ];
  const second = await answerTo({ ...request, history, message: 'Why?' });

  for (const variable of ['OPENAI_BASE_URL', 'OPENAI_MODEL', 'ANTHROPIC_API_KEY', 'ANTHROPIC_MODEL']) {
    expect(first).toContain(variable);
    expect(second).not.toContain(variable);
  }
  expect(first).toMatch(/^I am sorry to hear that you are sad/u);
});

test('it greets by name', async () => {
  expect(await answerTo({ ...request, message: 'Hello', displayName: 'Ada' })).toMatch(/^Hello, Ada\./u);
  expect(await answerTo({ ...request, message: 'Hello', displayName: '$& {1}' })).toMatch(/^Hello, \$& /u);
});

test('it speaks word by word and ends with done', async () => {
  const pieces = await piecesFor(request);

  expect(pieces.slice(0, 3).map(({ text }) => text)).toEqual(['I', ' am', ' sorry']);
  expect(pieces[0]).toMatchObject({ model: 'amanda-offline' });
  expect(pieces.at(-1)).toEqual({ text: '', done: true, finishReason: 'stop' });
  expect(pieces.filter(({ done }) => done)).toHaveLength(1);
});

test('a partial answer plus its continuation is the whole answer, wherever it was cut', async () => {
  const whole = await answerTo(request);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length), async (cut) => {
      const pieces = await piecesFor({ ...request, continueFrom: whole.slice(0, cut) });
      expect(pieces[0]?.continues).toBe(true);
      expect(whole.slice(0, cut) + pieces.map(({ text }) => text).join('')).toBe(whole);
    }),
  );
});

test('an answer of somebody else is continued with a closing line', async () => {
  expect(await answerTo({ ...request, continueFrom: 'Once upon a time' })).toBe(' But please, go on.');
});

test('an abort ends a pause between words', async () => {
  const stop = new AbortController();
  const pieces = offlineProvider({ wordPauseMs: 3_600_000 }).stream(request, stop.signal);
  const answer = pieces[Symbol.asyncIterator]();
  await answer.next();

  const next = answer.next().catch((thrown: unknown) => thrown);
  stop.abort();

  expect(await next).toMatchObject({ name: 'AbortError' });
});

test('it has an answer in well-formed English to anything, however long', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (said) => {
      const answer = respond(said);
      expect(answer.trim()).not.toBe('');
      expect(answer).not.toMatch(/\{|undefined/u);
    }),
  );
  expect(respond([`my ${'very '.repeat(50_000)}long story`])).not.toBe('');
});
