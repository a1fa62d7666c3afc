import { describe, expect, it } from 'vitest';

import { aiRestarts } from './ai-restarts.ts';
import { allCells, type Cell, suffer } from './faults.ts';
import { jitter } from './jitter.ts';
import { retriedSends } from './retries.ts';

/** Each fault on each link, with the transports in turn. What takes long to be noticed is left to the command. */
const some: Cell[] = allCells([1]).filter(({ fault, link, over }, index) =>
  index % 4 === Math.floor(index / 4) % 4
    ? fault !== 'half-open'
    : fault === 'half-open' && link === 'client' && over === 'package',
);

describe('a bad link', () => {
  it.each(some)('$link: $fault, over $over', async (cell) => {
    const result = await suffer(cell);
    expect(result).toMatchObject({ breaches: [], nextAnswered: true, shown: result.stored });
    // Whatever happens to viewers, the answer is written; a lost AI backend leaves what it said.
    expect(result.stored).toBeGreaterThanOrEqual(cell.link === 'client' ? result.said : 1);
  });

  it('that drops again and again delivers everything', async () => {
    const answer = { pieces: 150, paceMs: 20 };
    const count = await jitter({ trpc: 60, socketIo: 20, dropMs: 300, upMs: 600, answer, seed: 1 });
    expect(count.percent).toEqual({ trpc: 100, socketIo: 100 });
    expect(count.characters.shown).toBe(count.characters.due);
    expect(count.breaches).toEqual([]);
    expect(count.drops).toBeGreaterThan(8);
  });

  it('that loses answers makes no message twice', async () => {
    const count = await retriedSends({ sends: 500, seed: 1 });
    expect(count).toMatchObject({ questionsStored: { 1: 500 }, answersStored: { 1: 500 }, misnamed: 0 });
    expect(count.retries).toBeGreaterThan(100);
  });
});

it('keeps what an AI backend said that is killed and comes back, and is not harmed', async () => {
  const count = await aiRestarts({ rounds: 5, seed: 1, devices: 1 });
  expect(count).toMatchObject({
    lost: 0,
    doubled: 0,
    different: 0,
    streaming: 0,
    breaches: [],
    unharmed: true,
  });
  expect(count.endings['failed']).toBeGreaterThan(0);
});
