import { pbkdf2Sync } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { HashJob } from './hash-job.ts';

// On Linux 0 is this thread, elsewhere the whole process. Whoever logs in can wait a moment longer; the event loop, for
// which everybody waits, must not compete for a core with what strangers can cause.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);

// Synchronous on purpose: libuv's pool belongs to files and DNS, and this thread has nothing else to do.
parentPort?.on('message', ({ password, salt, rounds, idleRounds }: HashJob) => {
  const key = pbkdf2Sync(password, salt, rounds, 32, 'sha256');
  if (idleRounds > 0) pbkdf2Sync(password, salt, idleRounds, 32, 'sha256');
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins
  parentPort?.postMessage(key);
});
