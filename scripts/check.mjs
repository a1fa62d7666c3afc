// `npm test`: every check, then every test, also when a check failed. The last line of a good run counts the tests.
import { spawnSync } from 'node:child_process';

import { installAndRun, ownNodeCommand, prepare, root } from './workspace.mjs';

const checks = ['types', 'types:tooling', 'lint', 'format:check', 'deadcode'];
const output = ['--continue', '--output-logs=errors-only', '--log-order=grouped'];

process.exitCode = prepare(['generate', 'build']) || check();

function check() {
  const checked = installAndRun([...checks, ...output]);
  const { node, env } = ownNodeCommand();
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)];
  const { status } = spawnSync(node, vitest, { cwd: root, env, stdio: 'inherit' });
  if (checked !== 0) process.stderr.write('A check before the tests failed: see above.\n');
  return checked || (status ?? 1);
}
