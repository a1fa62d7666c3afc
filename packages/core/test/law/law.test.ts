import { expect, it } from 'vitest';
import { leadLives } from './ground.ts';

const runs = 1000;

it(`holds in ${runs} random lives`, { timeout: 600_000 }, async ({ annotate }) => {
  const tally = await leadLives({ runs, seed: 20_261_123 });
  await annotate(JSON.stringify(Object.fromEntries(tally)));
  expect(tally.get('life')).toBe(runs);
  // What never happened is not proved.
  const rare = [
    'crash',
    'recovered, going on',
    'recovered, at its end',
    'shutdown',
    'stop',
    'restore',
    'edit',
    'regenerate',
    'continue, known',
    'continue, unknown',
  ];
  const seldom = [...rare, 'event reset', 'event ping', 'answer stored to the letter'].filter(
    (what) => (tally.get(what) ?? 0) < runs / 50,
  );
  expect(seldom).toEqual([]);
});
