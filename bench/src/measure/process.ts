import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A program beside this one. Disposing it kills it. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

/** Starts a program of this folder and waits for the port that it says. */
export async function startProgram(name: string, ...args: string[]): Promise<Program> {
  const file = path.join(import.meta.dirname, '../programs', `${name}.ts`);
  const child = spawn(process.execPath, ['--conditions=development', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await portOf(child, name);
  return {
    pid: child.pid ?? 0,
    port,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => {
        child.once('close', resolve);
      });
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function portOf(child: ChildProcess, name: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('close', (code) => reject(new Error(`${name} ended with ${code}`)));
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).once('line', (line) =>
      resolve(Number(line.replace('port ', ''))),
    );
  }
  return promise;
}

/** Clock ticks per second in /proc, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Seconds of processor time that a process has used. Linux only. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of a process in bytes, without the pages of files. Linux only. */
export function residentBytes(pid: number): number {
  const line = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}
