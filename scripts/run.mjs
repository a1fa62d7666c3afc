// node scripts/run.mjs [--build] FILE ARGUMENT…   sets up what is missing, then runs a program of the project.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { ownNodeCommand, prepare, root } from './workspace.mjs';

const args = process.argv.slice(2);
const needsPage = args[0] === '--build';
const status = prepare(needsPage ? ['generate', 'build'] : ['generate']);

if (status === 0) start(needsPage ? args.slice(1) : args);
else process.exitCode = status;

/**
 * Runs the program in this one's place: signals go on to it, and it ends as the program does. On Windows there is
 * nothing to hand on: Ctrl-C reaches every process of the console by itself.
 * @param {readonly string[]} program
 */
function start(program) {
  const { node, env } = ownNodeCommand();
  const child = spawn(node, ['--conditions=development', ...program], { cwd: root, env, stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => process.platform === 'win32' || child.kill(signal));
  }
  child.on('error', (error) => {
    process.stderr.write(`${node} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    // As a shell says it: 128 and the number of the signal.
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}
