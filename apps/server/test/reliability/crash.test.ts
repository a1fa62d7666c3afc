import { describe, expect, it } from 'vitest';

import { heavyStart } from './heavy-start.ts';
import { restarts } from './restarts.ts';

const flawless = { lost: 0, doubled: 0, different: 0, streaming: 0, breaches: [], badExits: 0 };

describe('a server that is ended in mid-answer, again and again', () => {
  it('by SIGKILL: loses nothing that was acknowledged or shown, and leaves nothing open', {
    timeout: 600_000,
  }, async () => {
    const count = await restarts({ rounds: 4, seed: 1, signal: 'SIGKILL', devices: 1, amidAnswers: true });
    expect(count).toMatchObject(flawless);
    expect(count.questions).toBe(count.turns);
    expect(count.cutShort).toBeGreaterThan(0);
    expect(count.wentOn).toBeGreaterThan(0);
  });

  it('by SIGKILL, and told to keep what there is: leaves nothing streaming at all', {
    timeout: 600_000,
  }, async () => {
    const env = { AFTER_CRASH: 'keep' };
    const count = await restarts({ rounds: 2, seed: 3, signal: 'SIGKILL', devices: 1, env });
    expect(count).toMatchObject(flawless);
    expect(count.endings['interrupted']).toBeGreaterThan(0);
  });

  it('by SIGTERM: nobody sees an error, and every answer is finished or kept', {
    timeout: 600_000,
  }, async () => {
    const env = { DRAIN_SECONDS: '0' };
    const count = await restarts({
      rounds: 2,
      seed: 2,
      signal: 'SIGTERM',
      devices: 1,
      amidAnswers: true,
      env,
    });
    expect(count).toMatchObject(flawless);
    expect(count.wentOn).toBeGreaterThan(0);
  });
});

it('serves again after a crash that left many answers open and a large log, and goes on with each', async () => {
  const count = await heavyStart({ openRuns: 100, textLength: 10_000, afterCrash: 'continue' });
  expect(count).toMatchObject({ openRuns: 100, orphans: 0, kept: 100, atOnce: 20, wentOn: 100 });
  expect(count.walBytes).toBeGreaterThan(4_000_000);
});

it('leaves none of them open where it is told to keep them', async () => {
  const count = await heavyStart({ openRuns: 30, textLength: 10_000, afterCrash: 'keep' });
  expect(count).toMatchObject({ openRuns: 30, orphans: 0, streaming: 0, kept: 30, atOnce: 0, wentOn: 0 });
});
