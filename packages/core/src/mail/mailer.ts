import type { Clock, ClockTimer } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import { type Letter, type Occasion, writeLetter } from './letters.ts';
import type { MailTransport } from './transports.ts';

/** Sends mails without making anybody wait for them. */
export interface Mailer {
  /** Queues a mail. Never fails: what cannot be delivered after several tries is logged and dropped. */
  send(to: string, occasion: Occasion): void;
  /** Resolves when nothing waits or is being delivered; a waiting retry counts. */
  idle(): Promise<void>;
  /**
   * Tries what waits once more, without further pauses, for two seconds at most, and closes the transport. What could
   * not be delivered by then is lost; whoever waits for it asks for another mail.
   */
  close(): Promise<void>;
}

/** Pauses before the second and the following tries, in milliseconds. */
const pauses = [1000, 10_000, 60_000];
const mostWaiting = 1000;
/** A mail server that does not answer shall not hold up the end of the process. */
const patienceAtCloseMs = 2000;

/** Makes the mailer; closing it closes the transport. */
export function createMailer(options: {
  transport: MailTransport;
  publicUrl: string;
  clock: Clock;
  log: Log;
}): Mailer {
  const { transport, publicUrl, clock, log } = options;
  const underWay = new Set<Promise<void>>();
  const sleeping = new Map<ClockTimer, () => void>();
  let closing = false;

  const pause = async (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.setTimeout(resolve, ms);
    sleeping.set(timer, resolve);
    await promise;
    clock.clearTimeout(timer);
    sleeping.delete(timer);
  };

  const deliver = async (letter: Letter): Promise<void> => {
    for (const ms of [...pauses, undefined]) {
      try {
        await transport.deliver(letter);
        return;
      } catch (error) {
        const last = ms === undefined || closing;
        // The mail itself stays out of the log: it holds a live link.
        const fields = { err: error, subject: letter.subject };
        if (last) {
          log.error(fields, 'a mail could not be delivered and was dropped');
          return;
        }
        log.warn({ ...fields, retryInMs: ms }, 'a mail could not be delivered yet');
        await pause(ms);
      }
    }
  };

  const idle = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };

  return {
    send(to, occasion) {
      const letter = writeLetter(to, occasion, publicUrl);
      if (closing || underWay.size >= mostWaiting) {
        log.error({ subject: letter.subject }, 'a mail was dropped: too many wait, or the server is closing');
        return;
      }
      const work = deliver(letter).finally(() => underWay.delete(work));
      underWay.add(work);
    },
    idle,
    async close() {
      closing = true;
      for (const wake of sleeping.values()) wake();
      const { promise: patienceEnds, resolve } = Promise.withResolvers<void>();
      const timer = clock.setTimeout(resolve, patienceAtCloseMs);
      await Promise.race([idle(), patienceEnds]);
      clock.clearTimeout(timer);
      if (underWay.size > 0) {
        log.error({ mails: underWay.size }, 'mails were not delivered before the end and are lost');
      }
      await transport.close();
    },
  };
}
