import { pbkdf2Sync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { HashJob } from './hash-job.ts';

// Synchronous on purpose: libuv's pool belongs to files and DNS, and this thread has nothing else to do.
parentPort?.on('message', ({ password, salt, rounds, idleRounds }: HashJob) => {
  const key = pbkdf2Sync(password, salt, rounds, 32, 'sha256');
  if (idleRounds > 0) pbkdf2Sync(password, salt, idleRounds, 32, 'sha256');
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins
  parentPort?.postMessage(key);
});
