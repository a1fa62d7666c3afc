// node scripts/tasks.mjs TASK…   runs tasks of turbo (`generate`, `build`, `types` …) on a checkout that may be fresh.
import { installAndRun } from './workspace.mjs';

process.exitCode = installAndRun(process.argv.slice(2));
