import { parseArgs } from 'node:util';
import { leadLives } from './ground.ts';

// node packages/core/test/law/main.ts --runs 100000 [--seed N] [--path from a failure]
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' }, path: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000_007);
process.stdout.write(`seed ${seed}\n`);
const tally = await leadLives({ runs: Number(values.runs), seed, path: values.path });
for (const [what, n] of tally) process.stdout.write(`${n} ${what}\n`);
