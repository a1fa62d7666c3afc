import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createHashPool } from './hash-pool.ts';

/** How many threads of this process run at a priority (nice value); see proc_pid_stat(5). */
function threadsAt(priority: number): number {
  const stats = readdirSync('/proc/self/task').map((id) =>
    readFileSync(`/proc/self/task/${id}/stat`, 'utf8'),
  );
  // Nice is the 17th field after the name, which is in brackets and may hold blanks.
  return stats.filter((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]) === priority)
    .length;
}

test.runIf(process.platform === 'linux')(
  'threads that hash leave the cores to the event loop while it needs them',
  async () => {
    const before = threadsAt(10);
    await using pool = createHashPool({ threads: 1, queue: 1 });
    await pool.run({ password: 'a', salt: 'b', rounds: 1, idleRounds: 0 });
    expect(threadsAt(10) - before).toBe(1);
  },
);
