import type { AppRouter } from '@amanda/api';
import { TRPCClientError } from '@trpc/client';
import { type Observable, observable } from '@trpc/server/observable';
import { AmandaError } from '../errors/amanda-error.ts';

/**
 * An observable that is still being made. Unsubscribing before that leaves it alone. When it cannot be made, as when a
 * part of the page cannot be loaded, the subscriber hears LINK_LOST.
 */
export function later<Value>(
  made: Promise<Observable<Value, TRPCClientError<AppRouter>>>,
): Observable<Value, TRPCClientError<AppRouter>> {
  return observable((observer) => {
    let left = false;
    let leave = () => {
      left = true;
    };
    made.then(
      (source) => {
        if (left) return;
        const subscription = source.subscribe(observer);
        leave = () => subscription.unsubscribe();
      },
      (cause: unknown) => {
        if (left) return;
        const text = 'A part of this app could not be loaded.';
        observer.error(
          TRPCClientError.from<AppRouter>(new AmandaError('LINK_LOST', text, { cause, retry: true })),
        );
      },
    );
    return () => leave();
  });
}

/** Loads something when it is first asked for, once; what could not be loaded is loaded again at the next ask. */
export function loadedOnce<Part>(load: () => Promise<Part>): () => Promise<Part> {
  let loading: Promise<Part> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
