import type { AiTurn } from '@amanda/ai-client';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conversationOf, seam } from '../src/models/conversation.ts';
import { thoughtFilter } from '../src/models/thinking.ts';
import { question } from './fixtures/answers.ts';

const turn = fc.record<AiTurn>({
  role: fc.constantFrom('user', 'assistant'),
  text: fc.constantFrom('a', 'b', ' ', ''),
});

test.each(['own', 'user'] as const)(
  'whatever the history: roles alternate and begin and end with the user (%s)',
  (system) => {
    fc.assert(
      fc.property(fc.array(turn), fc.boolean(), fc.boolean(), (history, hasPrompt, isPartial) => {
        const { turns, system: own } = conversationOf(
          {
            ...question,
            history,
            ...(hasPrompt && { systemPrompt: 'Be brief.' }),
            ...(isPartial && { continueFrom: 'half ' }),
          },
          { system },
        );
        expect(turns.map(({ role }) => role)).toEqual(
          turns.map((_, i) => (i % 2 === 0 ? 'user' : 'assistant')),
        );
        expect(turns.length % 2).toBe(1);
        expect(turns.every(({ text }) => text.trim() !== '')).toBe(true);
        expect(own).toBe(hasPrompt && system === 'own' ? 'Be brief.' : undefined);
        const said = history.filter(({ text }) => text.trim() !== '');
        const first = said.findIndex(({ role }) => role === 'user');
        const kept = first < 0 ? [] : said.slice(first);
        expect(turns.map(({ text }) => text).join('\n\n')).toContain(
          [...kept.map(({ text }) => text), question.message].join('\n\n'),
        );
      }),
    );
  },
);

test('a question that failed is sent with the next one, in one turn', () => {
  expect(
    conversationOf({ ...question, history: [{ role: 'user', text: 'first' }] }, { system: 'own' }),
  ).toEqual({
    turns: [{ role: 'user', text: 'first\n\nHow are you?' }],
  });
});

test('a name alone makes no system turn; with a prompt it stands there', () => {
  const named = { ...question, displayName: 'Ada' };
  expect(conversationOf(named, { system: 'own' })).toEqual({
    turns: [{ role: 'user', text: 'The user\'s name is "Ada".\n\nHow are you?' }],
  });
  expect(conversationOf({ ...named, systemPrompt: 'Be brief.' }, { system: 'own' }).system).toBe(
    'Be brief.\n\nThe user\'s name is "Ada".',
  );
});

test('nothing to answer is refused', () => {
  expect(() => conversationOf({ ...question, message: ' ' }, { system: 'own' })).toThrow(/no text/u);
});

test.each([
  ['half ', [' ', 'and half'], 'and half'],
  ['half ', ['and half'], 'and half'],
  ['half\n', ['\n', '\nNext'], '\nNext'],
  ['half', [' and half'], ' and half'],
  [undefined, [' x'], ' x'],
])('what follows %j joins without doubled white space', (partial, texts, joined) => {
  const take = seam(partial);
  expect(texts.map(take).join('')).toBe(joined);
});

/** The text that is shown, however it is cut, and whether there were thoughts. */
function shownOf(texts: readonly string[]) {
  const filter = thoughtFilter();
  const text = texts.map((one) => filter.push(one)).join('') + filter.rest();
  return { text, hasThought: filter.hasThought };
}

describe.each([
  ['<think>hm</think>\n\nHello', 'Hello', true],
  [' \n<think>hm</think>Hello', 'Hello', true],
  ['<think></think>Hello', 'Hello', true],
  ['<think>a </thin b </think>Hello </think>', 'Hello </think>', true],
  ['<think>it never ends', '', true],
  ['<think>cut </thi', '', true],
  ['Use <think>x</think> so', 'Use <think>x</think> so', false],
  ['```\n<think>x</think>\n```', '```\n<think>x</think>\n```', false],
  ['<thinking>x', '<thinking>x', false],
  ['<thi', '<thi', false],
  ['  Hello', '  Hello', false],
  ['', '', false],
])('%j', (answer, text, hasThought) => {
  test('is shown without its thoughts, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(answer.length)), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), answer.length];
        const texts = edges.slice(1).map((edge, i) => answer.slice(edges[i], edge));
        expect(shownOf(texts)).toEqual({ text, hasThought });
      }),
    );
  });
});
