// The inner half of `installAndRun`: npm has put the right pnpm on the PATH, and turbo needs it to run packages' scripts.
import { runWords } from './workspace.mjs';

const [first, ...rest] = process.argv.slice(2);
const isQuiet = first === '--quiet';
const tasks = isQuiet || first === undefined ? rest : [first, ...rest];

const installed = runWords(['pnpm', 'install', '--frozen-lockfile', '--loglevel=warn']);
process.exitCode = installed || runWords(['pnpm', 'exec', 'turbo', 'run', ...tasks], { isQuiet });
