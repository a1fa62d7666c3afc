import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';

/** What a process holds in memory (resident set), in bytes; 0 when it is gone. Linux only. */
export function rssOf(pid: number): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Waits until a process holds no more than so much, for at most so long. @returns what it holds then, in bytes */
export async function rssFallsTo(pid: number, most: number, forMs: number): Promise<number> {
  const end = performance.now() + forMs;
  while (rssOf(pid) > most && performance.now() < end) await after(200);
  return rssOf(pid);
}

/** Asks the probe in a server's process for the longest stop of its event loop so far, in milliseconds. */
export async function longestStop(server: { pid: number; output: readonly string[] }): Promise<number> {
  const said = () => server.output.findLast((line) => line.startsWith('loop-probe '));
  const lines = server.output.length;
  try {
    process.kill(server.pid, 'SIGUSR2');
  } catch {
    return Number.NaN;
  }
  for (let tries = 0; tries < 200; tries += 1) {
    await after(50);
    const line = server.output.slice(lines).findLast((one) => one.startsWith('loop-probe '));
    if (line !== undefined) return Number(line.split(' ')[1]);
  }
  return Number(said()?.split(' ')[1] ?? Number.NaN);
}

/** How many connections a process holds, those that it listens on included. Linux only. */
export function connectionsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:');
      } catch {
        return false;
      }
    }).length;
  } catch {
    return 0;
  }
}
