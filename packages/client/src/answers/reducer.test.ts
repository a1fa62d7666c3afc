import { seededRandom } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { type AnswerText, applyStreamEvent } from './reducer.ts';

const empty: AnswerText = { text: '', status: 'streaming', gap: false };
const stored = 'Grüße 👩‍👩‍👧 and a whole sentence about sunflowers 🌻🌻🌻.';
const delta = (offset: number, end: number) =>
  ({ v: 1, type: 'delta', offset, text: stored.slice(offset, end) }) as const;

describe('the reducer', () => {
  it('shows a prefix of the stored text whatever slices overlap, repeat or are lost', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seededRandom(seed);
      const upTo = (end: number) => Math.floor(random() * (end + 1));
      let answer = empty;
      for (let step = 0; step < 60; step += 1) {
        const offset = upTo(stored.length);
        const before = answer;
        answer = applyStreamEvent(answer, delta(offset, offset + upTo(9)));
        expect(stored.startsWith(answer.text), `seed ${seed}`).toBe(true);
        expect(answer.text.length).toBeGreaterThanOrEqual(before.text.length);
        expect(answer.gap, `seed ${seed}`).toBe(before.gap || offset > before.text.length);
        // What a client does about a gap: it asks again from its own length.
        if (answer.gap) answer = { ...answer, gap: false };
      }
      answer = applyStreamEvent(answer, delta(answer.text.length, stored.length));
      expect(answer.text).toBe(stored);
    }
  });

  it('keeps the same object when nothing changes, so that nothing renders', () => {
    const answer = applyStreamEvent(empty, delta(0, 5));
    expect(applyStreamEvent(answer, delta(2, 5))).toBe(answer);
    expect(applyStreamEvent(answer, { v: 1, type: 'ping' })).toBe(answer);
  });

  it('takes the stored text on a reset and at the end', () => {
    const answer = applyStreamEvent(
      { ...empty, text: 'from another life' },
      { v: 1, type: 'reset', text: 'Hello' },
    );
    expect(answer).toEqual({ text: 'Hello', status: 'streaming', gap: false });
    expect(applyStreamEvent(answer, { v: 1, type: 'end', status: 'stopped' })).toEqual({
      text: 'Hello',
      status: 'stopped',
      gap: false,
    });
  });
});
