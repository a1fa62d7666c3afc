import { expect, it } from 'vitest';

import { fuzz } from './fuzz.ts';

it('spoiled inputs over each surface are refused, and leave the server as it was', async () => {
  const report = await fuzz({ runs: 1_500, seed: 1 });
  expect(report.faults).toEqual([]);
  expect([...report.counts.values()].reduce((sum, count) => sum + count)).toBe(1_500);
  expect(report.growth).toBeLessThan(30_000_000);
});
