import { describe, expect, test } from 'vitest';
import { AmandaError } from '../src/api.ts';
import { invalid, ownRefusalKind } from '../src/errors/refusal.ts';

describe('what a socket refuses by itself is counted', () => {
  test.each([
    ['an event of a wrong shape', invalid('payload', 'missing'), 'input'],
    ['too many events at once', new AmandaError('RATE_LIMITED'), 'limit'],
    ['not when a box was empty', invalid('text', 'empty'), null],
    ['not when the AI backend was away', new AmandaError('AI_UNAVAILABLE'), null],
    [
      'not what a procedure has refused, which the router has counted',
      new Error('wrapped', { cause: new AmandaError('RATE_LIMITED') }),
      null,
    ],
  ])('%s', (_name, thrown, kind) => {
    expect(ownRefusalKind(thrown)).toBe(kind);
  });
});
