import { Worker } from 'node:worker_threads';
import { AmandaError } from '../errors/amanda-error.ts';
import type { HashJob } from './hash-job.ts';

/** Threads that hash passwords, behind a queue. */
export interface HashPool extends AsyncDisposable {
  /**
   * Computes PBKDF2-HMAC-SHA256, 32 bytes.
   * @throws HASH_QUEUE_FULL at once when all threads are busy and the queue is full; SHUTTING_DOWN after `close`
   */
  run(job: HashJob): Promise<Buffer>;
  /** Ends the threads; what waits or runs is refused with SHUTTING_DOWN. */
  close(): Promise<void>;
}

interface Waiting {
  readonly job: HashJob;
  readonly resolve: (key: Buffer) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  work: Waiting | null;
}

/**
 * Makes a pool whose threads start when they are first needed.
 * @param options.threads most threads at once
 * @param options.queue most jobs that wait for a thread
 */
export function createHashPool(options: { threads: number; queue: number }): HashPool {
  const threads = new Set<Thread>();
  const waiting: Waiting[] = [];
  let closed = false;

  const next = (thread: Thread): void => {
    thread.work = waiting.shift() ?? null;
    if (thread.work === null) {
      thread.worker.unref();
    } else {
      thread.worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins
      thread.worker.postMessage(thread.work.job);
    }
  };

  const lose = (thread: Thread, cause: unknown): void => {
    if (!threads.delete(thread)) return;
    const error = new AmandaError(closed ? 'SHUTTING_DOWN' : 'INTERNAL', { cause });
    thread.work?.reject(error);
    thread.work = null;
    if (!closed && waiting.length > 0) start();
  };

  const start = (): void => {
    const worker = new Worker(new URL('./hash-thread.ts', import.meta.url), { env: {}, execArgv: [] });
    const thread: Thread = { worker, work: null };
    threads.add(thread);
    worker.on('message', (key: Uint8Array) => {
      thread.work?.resolve(Buffer.from(key));
      next(thread);
    });
    worker.on('error', (error) => lose(thread, error));
    worker.on('exit', () => lose(thread, new Error('a hashing thread ended')));
    next(thread);
  };

  const close = async (): Promise<void> => {
    closed = true;
    for (const { reject } of waiting.splice(0)) reject(new AmandaError('SHUTTING_DOWN'));
    await Promise.all([...threads].map(({ worker }) => worker.terminate()));
  };

  return {
    async run(job) {
      if (closed) throw new AmandaError('SHUTTING_DOWN');
      const idle = [...threads].find((thread) => thread.work === null);
      if (idle === undefined && threads.size >= options.threads && waiting.length >= options.queue) {
        throw new AmandaError('HASH_QUEUE_FULL', { details: { retryAfterSeconds: 1 } });
      }
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      waiting.push({ job, resolve, reject });
      if (idle !== undefined) next(idle);
      else if (threads.size < options.threads) start();
      return await promise;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
