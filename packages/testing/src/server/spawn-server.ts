import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A real server in a process of its own. Disposing it kills the process and removes the folder it made. */
export interface SpawnedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly pid: number;
  /** Every line that it has written so far, to either stream. */
  readonly output: readonly string[];
  /** Sends a signal (SIGKILL when none is named) and waits for the end. @returns the exit code, null after a signal */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
}

/** How to start a server process. */
export interface SpawnOptions {
  /** The data folder; a fresh one, removed in the end, when absent. */
  readonly dataDir?: string;
  /** The working directory, whose `.env` is read; the data folder when absent. */
  readonly cwd?: string;
  /** The whole environment besides `DATA_DIR`, `PORT` (0) and the speed of password hashes. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself, such as a smaller heap. */
  readonly execArgv?: readonly string[];
}

/** A process that ended before it served. */
export class ServerEnded extends Error {
  override readonly name = 'ServerEnded';
  readonly code: number | null;
  readonly output: readonly string[];

  constructor(code: number | null, output: readonly string[]) {
    super(`the server ended with ${code}:\n${output.join('\n')}`);
    this.code = code;
    this.output = output;
  }
}

const root = path.join(import.meta.dirname, '../../../..');
const main = path.join(root, 'apps/server/src/main.ts');
/** As `npm start` sets it: compiling the sources is most of a start. */
const NODE_COMPILE_CACHE = path.join(root, 'node_modules/.cache/compile');

/**
 * Starts `apps/server` and waits until it serves.
 * @throws {ServerEnded} when it ends before
 */
export async function spawnServer(options: SpawnOptions = {}): Promise<SpawnedServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'amanda-server-')));
  const child = spawn(
    process.execPath,
    [...(options.execArgv ?? []), '--conditions=development', main, 'serve'],
    {
      // Away from the test's own working directory, whose `.env` is none of its business.
      cwd: options.cwd ?? dataDir,
      env: {
        NODE_COMPILE_CACHE,
        PORT: '0',
        PASSWORD_HASH_ROUNDS: '1000',
        RATE_LIMITS: 'off',
        ...options.env,
        DATA_DIR: dataDir,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const dispose = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const output: string[] = [];
    const url = await readyUrl(child, output, ended);
    return {
      url,
      port: Number(new URL(url).port),
      dataDir,
      pid: child.pid ?? 0,
      output,
      async kill(signal = 'SIGKILL') {
        child.kill(signal);
        return ended;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function readyUrl(
  child: ChildProcess,
  output: string[],
  ended: Promise<number | null>,
): Promise<string> {
  const ready = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      const url = /"url":"(http[^"]+)"/.exec(line)?.[1];
      if (url !== undefined) ready.resolve(url);
    });
  }
  void ended.then((code) => ready.reject(new ServerEnded(code, output)));
  return ready.promise;
}
