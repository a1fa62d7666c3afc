import { type Figure, quantile } from '../measure/figures.ts';
import { amandaStreams, bareStreams } from '../measure/load.ts';
import type { Stage } from '../measure/stage.ts';

const order = { pieces: 1, size: 24, rate: 0 };
const rounds = 200;

/** From the question to the first text, one at a time: two HTTP or socket round trips and two durable commits. */
export async function firstPiece(stage: Stage): Promise<readonly Figure[]> {
  using bare = await bareStreams(stage, 1);
  using amanda = await amandaStreams(stage, 1);
  const limits: number[] = [];
  const amandas: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const { firstMs } of await bare.run(order)) limits.push(firstMs);
    for (const { firstMs } of await amanda.run(order)) amandas.push(firstMs);
  }
  return [0.5, 0.99].map((share) => {
    const [limit, mine] = [quantile(limits, share), quantile(amandas, share)];
    return {
      what: `question to first text, p${share * 100}`,
      unit: 'ms',
      limit,
      amanda: mine,
      goal: share === 0.5 ? '–' : `added ≤ 15 ms (is ${(mine - limit).toFixed(1)})`,
      met: share === 0.5 ? null : mine - limit <= 15,
    };
  });
}
