import type { ConnectionControl, Party } from '../connection/connection.ts';
import type { Timer } from '../environment/clock.ts';
import type { Environment } from '../environment/environment.ts';
import { AmandaError, aborted, amandaErrorOf, isPassing } from '../errors/amanda-error.ts';
import { pauseBefore } from './backoff.ts';
import type { WireTiming } from './options.ts';

/** What a repeated call needs. */
export interface RepeatOptions {
  readonly connection: ConnectionControl;
  readonly environment: Environment;
  readonly timing: Pick<WireTiming, 'backoff' | 'callMs'>;
  /** Hears when the link should be tried again at once. */
  readonly onWake: (listener: () => void) => () => void;
}

/** A safe call: the same again has no other effect, because it carries a `clientId` or is so by nature. */
export type SafeCall<Result> = () => Promise<Result>;

/** Makes a function that repeats a safe call until the server has answered it; there is no limit but the signal. */
export function createRepeat(options: RepeatOptions) {
  const { connection, environment, onWake, timing } = options;
  const { clock, random } = environment;

  /** Whatever comes first: the outcome, a wake-up, too long a time, the signal. */
  const once = async <Result>(call: SafeCall<Result>, signal?: AbortSignal): Promise<Result> => {
    const ways = new AbortController();
    let timer: Timer | undefined;
    const lost = new Promise<never>((_resolve, reject) => {
      const giveUp = (error: AmandaError) => () => reject(error);
      const silent = new AmandaError('LINK_LOST', 'The server does not answer.', { retry: true });
      timer = clock.setTimeout(giveUp(silent), timing.callMs);
      const forget = onWake(giveUp(silent));
      ways.signal.addEventListener('abort', forget);
      signal?.addEventListener('abort', giveUp(aborted()), { signal: ways.signal });
    });
    try {
      return await Promise.race([call(), lost]);
    } finally {
      clock.clearTimeout(timer);
      ways.abort();
    }
  };

  const pause = (attempt: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const ways = new AbortController();
      const end = () => {
        clock.clearTimeout(timer);
        ways.abort();
        resolve();
      };
      const timer = clock.setTimeout(end, pauseBefore(attempt, timing.backoff, random));
      ways.signal.addEventListener('abort', onWake(end));
      signal?.addEventListener('abort', end, { signal: ways.signal });
    });

  /** @throws {AmandaError} what the server says, or ABORTED: then it is not known whether the call was carried out */
  return async <Result>(call: SafeCall<Result>, signal?: AbortSignal): Promise<Result> => {
    let party: Party | undefined;
    try {
      for (let attempt = 0; ; attempt += 1) {
        if (signal?.aborted === true) throw aborted();
        try {
          return await once(call, signal);
        } catch (thrown) {
          const error = amandaErrorOf(thrown);
          if (!isPassing(error)) throw error;
          party ??= connection.enter();
          await pause(attempt, signal);
        }
      }
    } finally {
      party?.leave();
    }
  };
}

/** Repeats a safe call until it is answered. */
export type Repeat = ReturnType<typeof createRepeat>;
