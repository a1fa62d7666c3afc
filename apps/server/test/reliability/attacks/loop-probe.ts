import { monitorEventLoopDelay } from 'node:perf_hooks';

// Loaded into the server's process by `--import`: says on SIGUSR2 how long its event loop stood still at the longest, and
// collects the garbage, which an idle process puts off, so that what is seen after it is held.
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
process.on('SIGUSR2', () => {
  process.stderr.write(`loop-probe ${Math.round(delay.max / 1e6)}\n`);
  globalThis.gc?.();
  delay.reset();
});
