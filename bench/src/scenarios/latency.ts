import { assertCount, type Figure, median, quantile } from '../measure/figures.ts';
import { amandaStreams, bareStreams, type Streams } from '../measure/load.ts';
import type { Stage } from '../measure/stage.ts';

const streams = 200;
const order = { pieces: 150, size: 24, rate: 30 };
const rounds = 3;

/** How much later a piece reaches the client than through the bare pipe, journal included, at a steady load. */
export async function latency(stage: Stage): Promise<readonly Figure[]> {
  using bare = await bareStreams(stage, streams);
  using amanda = await amandaStreams(stage, streams);
  const measure = async (what: string, through: Streams): Promise<readonly number[]> => {
    const received = await through.run(order);
    for (const one of received) assertCount(what, one.count, order.pieces);
    // Without the first second, in which 200 questions are stored at once: this is about a steady load.
    return received.flatMap((one) => one.ages.slice(order.rate));
  };
  const added: {
    p50: number[];
    p99: number[];
    limit50: number[];
    limit99: number[];
    amanda50: number[];
    amanda99: number[];
  } = {
    p50: [],
    p99: [],
    limit50: [],
    limit99: [],
    amanda50: [],
    amanda99: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    const limit = await measure('bare pipe', bare);
    const mine = await measure('Amanda', amanda);
    added.limit50.push(quantile(limit, 0.5));
    added.limit99.push(quantile(limit, 0.99));
    added.amanda50.push(quantile(mine, 0.5));
    added.amanda99.push(quantile(mine, 0.99));
    added.p50.push(quantile(mine, 0.5) - quantile(limit, 0.5));
    added.p99.push(quantile(mine, 0.99) - quantile(limit, 0.99));
  }
  const load = `${streams} streams × ${order.rate} pieces/s`;
  return [
    {
      what: `age of a piece at the client, ${load}, p50`,
      unit: 'ms',
      limit: median(added.limit50),
      amanda: median(added.amanda50),
      goal: `added ≤ 10 ms (is ${median(added.p50).toFixed(1)})`,
      met: median(added.p50) <= 10,
    },
    {
      what: `age of a piece at the client, ${load}, p99`,
      unit: 'ms',
      limit: median(added.limit99),
      amanda: median(added.amanda99),
      goal: `added ≤ 25 ms (is ${median(added.p99).toFixed(1)})`,
      met: median(added.p99) <= 25,
    },
  ];
}
