import { monitorEventLoopDelay } from 'node:perf_hooks';

// Loaded into the server's process by `--import`: says on SIGUSR2 how long its event loop stood still at the longest, and
// collects the garbage, which an idle process puts off. The second time and later it also gives back the pages that the heap
// keeps for what may come, so that what is seen after it is held.
let asked = 0;
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
process.on('SIGUSR2', () => {
  process.stderr.write(`loop-probe ${Math.round(delay.max / 1e6)}\n`);
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: asked === 0 ? 'regular' : 'last-resort' });
  asked += 1;
  delay.reset();
});
