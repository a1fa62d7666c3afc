import { describe, expect, it } from 'vitest';
import { silentLog } from '../log/log.ts';
import { createContinuations } from './continuations.ts';

const never = new AbortController().signal;

/** Where an AI backend has shown `known` to earlier processes. */
async function queue(known: boolean | undefined) {
  const continuations = createContinuations({
    transactions: {
      recallContinues: () => Promise.resolve(known),
      rememberContinues: () => Promise.resolve(),
    },
    log: silentLog,
    backend: '',
    atOnce: 1,
  });
  await continuations.recall();
  return continuations;
}

describe('automatic continuations', () => {
  it.each([
    ['taken back lets the next one ask', true],
    ['without an answer is the last one', false],
  ])('a question that is %s', async (_what, withdrawn) => {
    const continuations = await queue(undefined);
    const [asking, next] = [continuations.enter(true), continuations.enter(true)];
    expect(await asking.turn(never)).toBe(true);
    asking.leave(withdrawn);
    expect(await next.turn(never)).toBe(withdrawn);
  });

  it('have their turns in the order of the answers, with text or without', async () => {
    const continuations = await queue(true);
    const places = [true, false, true, false].map((isPartial) => continuations.enter(isPartial));
    const order: number[] = [];
    const all = places.map(async (place, index) => {
      await place.turn(never);
      order.push(index);
      place.leave(false);
    });
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3]);
  });
});
