import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** What a meter is to look at. */
export interface MeterOptions {
  readonly port: number;
  readonly pid: number;
  /** Whose calls are timed, and in which chat. */
  readonly cookie: string;
  readonly chatId: number;
  /** Log-ins to be tried besides; see `Attack.refusals`. */
  readonly refusals?: 'logIn' | undefined;
}

/** What it saw. Times in milliseconds, sizes in bytes. */
export interface MeterReading {
  /** From the request to the end of the answer, each call; those that failed count with the time that they took. */
  readonly calls: readonly number[];
  readonly failed: number;
  readonly peakRss: number;
  /** How long each refused log-in took. */
  readonly refusals: readonly number[];
}

/** Begins to measure in a thread of its own, whose clock no attack disturbs. */
export async function startMeter(options: MeterOptions): Promise<{ stop(): Promise<MeterReading> }> {
  const worker = new Worker(new URL('./meter-worker.ts', import.meta.url), { workerData: options });
  await once(worker, 'message');
  return {
    async stop() {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
      worker.postMessage('stop');
      const [reading]: MeterReading[] = await once(worker, 'message');
      await worker.terminate();
      if (reading === undefined) throw new Error('the meter said nothing');
      return reading;
    },
  };
}

/** The value at a share of the sorted figures; 0 without any. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}
