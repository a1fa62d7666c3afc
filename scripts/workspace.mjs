import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. Everything here runs in it, from wherever it is called. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const isWindows = process.platform === 'win32';

/** The pnpm that made the lockfile. */
const pnpm = readJson('package.json').packageManager;

/** The Node that runs the project, a dependency of its own: what the machine has only starts it. */
const ownNode = path.join(root, 'node_modules/node/bin', isWindows ? 'node.exe' : 'node');

/** What the tasks were done for when they were done last, a file for each list of tasks. */
const stamps = path.join(root, 'node_modules/.cache/tasks');

/** Where the inputs and outputs of tasks lie; looked at by size and time, as `make` does. */
const sources = ['apps', 'bench', 'examples', 'packages', 'prisma', 'proto', 'tooling'];

/** Turbo, pnpm and npm neither phone home nor look for newer versions of themselves. */
const quiet = {
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  npm_config_update_notifier: 'false',
  npm_config_progress: 'false',
};

/**
 * Brings a checkout, which may be fresh, to the point where these tasks of turbo are done: installs what the lockfile
 * names, then runs them. When no file has changed since the last time it starts no other program and needs no network.
 * @param {readonly string[]} tasks
 * @returns {number} an exit code; what failed has printed why
 */
export function prepare(tasks) {
  const file = path.join(stamps, tasks.join('-').replaceAll(/[^\w-]/g, '.'));
  if (existsSync(file) && readFileSync(file, 'utf8') === fingerprint()) return 0;
  const status = installAndRun(tasks, { isQuiet: true });
  if (status !== 0) return status;
  mkdirSync(stamps, { recursive: true });
  writeFileSync(file, fingerprint());
  return 0;
}

/**
 * Installs what the lockfile names and runs tasks of turbo, which skips those whose inputs have not changed.
 * @param {readonly string[]} tasks names and options of turbo
 * @param {{ isQuiet?: boolean }} [options] `isQuiet` prints what the tasks print only when one fails
 * @returns {number} an exit code
 */
export function installAndRun(tasks, { isQuiet = false } = {}) {
  if (!existsSync(path.join(root, 'node_modules'))) {
    process.stdout.write('Installing the dependencies; this takes a minute the first time.\n');
  }
  const inner = ['node', 'scripts/with-pnpm.mjs', ...(isQuiet ? ['--quiet'] : []), ...tasks];
  const npm = ['npm', 'exec', '--yes', '--prefer-offline', '--loglevel=error', `--package=${pnpm}`, '--'];
  return runWords([...npm, ...inner]);
}

/**
 * Runs a program that is found on the PATH, where Windows has scripts in place of programs.
 * @param {readonly string[]} words the program and its arguments; none of them has a blank in it
 * @param {{ isQuiet?: boolean }} [options] `isQuiet` prints what it prints only when it fails
 * @returns {number} its exit code
 */
export function runWords(words, { isQuiet = false } = {}) {
  const [program = '', ...args] = isWindows ? [words.join(' ')] : words;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...quiet },
    shell: isWindows,
    stdio: isQuiet ? ['inherit', 'pipe', 'pipe'] : 'inherit',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (error !== undefined) process.stderr.write(`${words[0]} cannot be started: ${error.message}\n`);
  if (status !== 0 && isQuiet) process.stderr.write(Buffer.concat([stdout, stderr].filter(Boolean)));
  return status ?? 1;
}

/** How to start a program on the project's own Node, with the sources of the packages and a cache of what was compiled. */
export function ownNodeCommand() {
  const cache = path.join(root, 'node_modules/.cache/compile');
  const bin = path.join(root, 'node_modules/.bin');
  const PATH = [bin, path.dirname(ownNode), process.env['PATH']].join(path.delimiter);
  return { node: ownNode, env: { ...process.env, PATH, NODE_COMPILE_CACHE: cache } };
}

/** A hash over the size and time of everything that the tasks read and write. */
function fingerprint() {
  const hash = createHash('sha256');
  const files = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name } of files) if (/\.(json|yaml)$/.test(name)) add(name);
  add('node_modules/.pnpm/lock.yaml');
  for (const folder of sources) walk(folder);
  return hash.digest('hex');

  /** @param {string} name */
  function add(name) {
    const { size, mtimeMs } = statSync(path.join(root, name), { throwIfNoEntry: false }) ?? {};
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }

  /** @param {string} folder */
  function walk(folder) {
    if (!existsSync(path.join(root, folder))) return;
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`;
      if (entry.isFile()) add(name);
      else if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.turbo') walk(name);
    }
  }
}

/** @param {string} name */
function readJson(name) {
  return JSON.parse(readFileSync(path.join(root, name), 'utf8'));
}
