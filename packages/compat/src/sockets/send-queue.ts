import { AmandaError, type Caller, type RouterOutputs } from '../api.ts';
import { refusalOf } from '../errors/refusal.ts';
import type { Clock } from './clock.ts';
import { untilEnd } from './stream.ts';

type Started = RouterOutputs['message']['send'];

/** Sends one socket's messages. Those that come while the chat's answer is being written wait for its end. */
export interface SendQueue {
  /**
   * Sends a message, after those of the same chat that came before it.
   * @throws what `message.send` throws; RATE_LIMITED when too many wait or this one has waited too long
   */
  send(chatId: number, text: string): Promise<Started>;
  /** Resolves when no message is on its way into the chat: each has begun its answer, failed, or waits. */
  attempted(chatId: number): Promise<void>;
  /** Resolves when nothing is being sent or waits. */
  idle(): Promise<void>;
}

interface Job {
  readonly chatId: number;
  readonly text: string;
  /** Its place among all messages of the socket. */
  readonly arrival: number;
  readonly outcome: PromiseWithResolvers<Started>;
  /** Set once it waits; cancels its time limit. */
  cancelTimer: (() => void) | null;
  /** While it is being sent it cannot be refused: it may be stored already. */
  isTried: boolean;
  isLate: boolean;
}

/** One chat's messages in the order in which they came. The first is being sent, or waits for an answer's end. */
interface Lane {
  readonly jobs: Job[];
  attempt: Promise<unknown>;
}

/** Makes the queue of one socket. */
export function createSendQueue(options: {
  caller: Pick<Caller, 'message'>;
  clock: Clock;
  waiting: number;
  waitMs: number;
}): SendQueue {
  const { caller } = options;
  const lanes = new Map<number, Lane>();
  /** In the order in which they came. */
  const waiting: Job[] = [];
  let arrived = 0;
  let whenIdle = Promise.resolve();

  function wait(job: Job): void {
    if (job.isLate) return reject(job, new AmandaError('RATE_LIMITED'));
    if (job.cancelTimer !== null) return;
    job.cancelTimer = options.clock.after(options.waitMs, () => {
      job.isLate = true;
      if (!job.isTried) reject(job, new AmandaError('RATE_LIMITED'));
    });
    const place = waiting.findIndex((other) => other.arrival > job.arrival);
    waiting.splice(place < 0 ? waiting.length : place, 0, job);
    const newest = waiting.findLast((other) => !other.isTried);
    if (waiting.length > options.waiting && newest !== undefined)
      reject(newest, new AmandaError('RATE_LIMITED'));
  }

  function leave(job: Job): void {
    job.cancelTimer?.();
    for (const list of [waiting, lanes.get(job.chatId)?.jobs ?? []]) {
      const place = list.indexOf(job);
      if (place >= 0) list.splice(place, 1);
    }
  }

  function reject(job: Job, error: unknown): void {
    leave(job);
    job.outcome.reject(error);
  }

  async function drive(chatId: number, lane: Lane): Promise<void> {
    for (let job = lane.jobs[0]; job !== undefined; job = lane.jobs[0]) {
      const activeMessageId = await attempt(lane, job);
      const next = lane.jobs[0];
      if (activeMessageId === null || next === undefined) continue;
      wait(next);
      try {
        await untilEnd(caller, activeMessageId);
      } catch (error) {
        for (const lost of lane.jobs.slice()) reject(lost, error);
      }
    }
    lanes.delete(chatId);
  }

  /** @returns the answer that is now in the way of the lane's next job, null when the job was refused */
  async function attempt(lane: Lane, job: Job): Promise<number | null> {
    job.isTried = true;
    const sending = caller.message.send({ chatId: job.chatId, text: job.text });
    lane.attempt = sending.catch(() => undefined);
    try {
      const started = await sending;
      leave(job);
      job.outcome.resolve(started);
      return started.messageId;
    } catch (error) {
      const { code, details } = refusalOf(error);
      if (code === 'RUN_ACTIVE' && details.activeMessageId !== undefined) return details.activeMessageId;
      reject(job, error);
      return null;
    } finally {
      job.isTried = false;
    }
  }

  return {
    send(chatId, text) {
      arrived += 1;
      const job: Job = {
        chatId,
        text,
        arrival: arrived,
        outcome: Promise.withResolvers(),
        cancelTimer: null,
        isTried: false,
        isLate: false,
      };
      const lane = lanes.get(chatId);
      if (lane !== undefined) {
        lane.jobs.push(job);
        wait(job);
      } else {
        const opened: Lane = { jobs: [job], attempt: Promise.resolve() };
        lanes.set(chatId, opened);
        const before = whenIdle;
        const driven = drive(chatId, opened);
        whenIdle = Promise.allSettled([before, driven]).then(() => undefined);
      }
      return job.outcome.promise;
    },
    async attempted(chatId) {
      await lanes.get(chatId)?.attempt;
    },
    idle: () => whenIdle,
  };
}
