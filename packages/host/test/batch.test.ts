import { describe, expect, it } from 'vitest';

import { createBatch } from '../src/http/batch.ts';

const answer = (text: string) => async () => ({ ok: true, data: { text } });

describe('a batch', () => {
  it('makes one call after another, whatever becomes of each', async () => {
    const batch = createBatch(1_000);
    let underWay = 0;
    let most = 0;
    const order: number[] = [];
    const call = (place: number) => async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      order.push(place);
      underWay -= 1;
      if (place === 1) throw new Error('this one fails');
      return { ok: true };
    };
    await Promise.allSettled([0, 1, 2].map((place) => batch.inTurn(call(place))));
    expect([order, most]).toEqual([[0, 1, 2], 1]);
  });

  it('refuses what comes after its answers have filled it, without making it', async () => {
    const batch = createBatch(1_000);
    let made = 0;
    const outcomes = await Promise.allSettled([
      batch.inTurn(answer('€'.repeat(200))),
      batch.inTurn(answer('€'.repeat(200))),
      batch.inTurn(async () => {
        made += 1;
        return { ok: true };
      }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'BATCH_FULL' } });
    expect(made).toBe(0);
  });
});
