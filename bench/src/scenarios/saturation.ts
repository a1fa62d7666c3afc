import { assertCount, type Figure, median } from '../measure/figures.ts';
import { amandaStreams, bareStreams, type Streams } from '../measure/load.ts';
import { cpuSeconds } from '../measure/process.ts';
import type { Stage } from '../measure/stage.ts';

const streams = 50;
const order = { pieces: 2000, size: 24, rate: 0 };
const rounds = 5;

/** Text delivered per second of the server's processor time, as fast as everything goes. */
export async function saturation(stage: Stage): Promise<readonly Figure[]> {
  using bare = await bareStreams(stage, streams);
  using amanda = await amandaStreams(stage, streams);
  const measure = async (
    what: string,
    pid: number,
    through: Streams,
  ): Promise<{ text: number; frames: number }> => {
    const before = cpuSeconds(pid);
    const received = await through.run(order);
    const seconds = cpuSeconds(pid) - before;
    for (const one of received) assertCount(what, one.count, order.pieces);
    const frames = received.reduce((sum, one) => sum + one.frames, 0);
    return { text: (streams * order.pieces * order.size) / seconds / 1e6, frames: frames / streams };
  };
  const limits = [];
  const amandas = [];
  const frames = [];
  for (let round = 0; round <= rounds; round += 1) {
    const limit = await measure('bare pipe', stage.bare.pid, bare);
    const mine = await measure('Amanda', stage.amanda.pid, amanda);
    if (round === 0) continue; // warms both up
    limits.push(limit.text);
    amandas.push(mine.text);
    frames.push(mine.frames);
  }
  const [limit, mine] = [median(limits), median(amandas)];
  return [
    {
      what: `text per CPU-second, ${streams} streams at once`,
      unit: 'MB',
      limit,
      amanda: mine,
      goal: '≥ 1.0 ×',
      met: mine >= limit,
    },
    {
      what: `frames for ${order.pieces} pieces`,
      unit: '',
      limit: order.pieces,
      amanda: median(frames),
      goal: '–',
      met: null,
    },
  ];
}
