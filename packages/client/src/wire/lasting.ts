import type { AppRouter } from '@amanda/api';
import { TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import type { ConnectionControl } from '../connection/connection.ts';
import type { Timer } from '../environment/clock.ts';
import type { Environment } from '../environment/environment.ts';
import { type AmandaError, amandaErrorOf, isSignedOut } from '../errors/amanda-error.ts';
import { pauseBefore } from './backoff.ts';
import type { WireTiming } from './options.ts';
import type { Wire } from './wire.ts';

/** What makes subscriptions last. */
export interface LastingOptions {
  readonly wire: Wire;
  readonly connection: ConnectionControl;
  readonly environment: Environment;
  readonly timing: WireTiming;
  onSignedOut(reason: string | undefined): void;
  /** Hears when nobody is logged in any more; every subscription then ends with the error. */
  onEnd(listener: (error: TRPCClientError<AppRouter>) => void): () => void;
}

/**
 * A link that lets every subscription outlive what carries it. It remembers the id of the last event and subscribes
 * again from there: when the wire was exchanged, when the server refuses for a while, and when nothing at all, not
 * even a ping, has come for too long. What else the server says ends the subscription.
 */
export function lastingSubscriptions(options: LastingOptions): TRPCLink<AppRouter> {
  const { connection, environment, timing, wire } = options;
  const { clock } = environment;

  return () =>
    ({ next, op }) => {
      if (op.type !== 'subscription') return next(op);
      return observable((observer) => {
        const party = connection.enter();
        let place: string | undefined;
        let inner: Unsubscribable | undefined;
        let timer: Timer | undefined;
        let attempt = 0;
        let silences = 0;
        let over = false;

        const leave = () => {
          over = true;
          clock.clearTimeout(timer);
          forget();
          unlisten();
          party.leave();
          inner?.unsubscribe();
        };
        const fail = (error: TRPCClientError<AppRouter>) => {
          leave();
          observer.error(error);
        };
        const watch = () => {
          clock.clearTimeout(timer);
          timer = clock.setTimeout(() => {
            silences += 1;
            party.down();
            // One subscription may have been lost on the way; if a fresh one is silent too, it is the link.
            if (silences > 1) wire.replace();
            else start();
          }, timing.silenceMs);
        };
        const retry = (error: AmandaError) => {
          party.down();
          inner?.unsubscribe();
          inner = undefined;
          clock.clearTimeout(timer);
          const asked = (error.details.retryAfterSeconds ?? 0) * 1000;
          const pause = Math.max(asked, pauseBefore(attempt, timing.backoff, environment.random));
          attempt += 1;
          timer = clock.setTimeout(start, pause);
        };

        const start = () => {
          const former = inner;
          inner = undefined;
          former?.unsubscribe();
          if (over) return;
          watch();
          const input = place === undefined ? op.input : { ...Object(op.input), lastEventId: place };
          let current = true;
          const subscription = next({ ...op, input }).subscribe({
            next(envelope) {
              if (!current || over) return;
              const { result } = envelope;
              if (result.type === 'state') {
                if (result.state === 'pending') party.up();
                else if (result.state === 'connecting') party.down();
                // An `EventSource` would come back after three seconds, all clients at once.
                const isCut = result.state === 'connecting' && result.error !== null;
                if (isCut && connection.getSnapshot().transport === 'sse') retry(amandaErrorOf(result.error));
              } else if (result.type === 'started') {
                party.up();
              } else if (result.type !== 'stopped') {
                attempt = 0;
                silences = 0;
                party.up();
                watch();
                if ('id' in result && result.id !== undefined) place = result.id;
              }
              observer.next(envelope);
            },
            error(error) {
              if (!current || over) return;
              current = false;
              const read = amandaErrorOf(error);
              if (read.retry) return retry(read);
              fail(error);
              if (isSignedOut(read)) options.onSignedOut(read.details.reason);
            },
            complete() {
              if (!current || over) return;
              leave();
              observer.complete();
            },
          });
          const quiet: Unsubscribable = {
            unsubscribe() {
              current = false;
              subscription.unsubscribe();
            },
          };
          // It may have ended while it was being made.
          if (over || !current) subscription.unsubscribe();
          else inner = quiet;
        };

        const forget = wire.onChange((change) => {
          party.down();
          if (change === 'replaced') return start();
          clock.clearTimeout(timer);
          inner?.unsubscribe();
          inner = undefined;
        });
        const unlisten = options.onEnd(fail);
        start();
        return leave;
      });
    };
}

/** The error that ends subscriptions when nobody is logged in any more. */
export function signedOutError(reason: string): TRPCClientError<AppRouter> {
  const text = 'Your session has ended. Please log in again.';
  return TRPCClientError.from<AppRouter>({
    error: {
      message: text,
      code: -32001,
      data: {
        code: 'UNAUTHORIZED',
        httpStatus: 401,
        amanda: {
          code: 'SESSION_ENDED',
          text,
          retry: false,
          details: reason === '' ? {} : { reason },
          requestId: null,
        },
      },
    },
  });
}
