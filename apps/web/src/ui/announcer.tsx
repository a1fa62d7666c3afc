import { createSignal, useSignal } from '../server/signal.ts';

const words = createSignal('');

/** Has a screen reader say something when it has nothing else to say. */
export function announce(what: string): void {
  words.set(what);
}

/** The one live region of the page: short states and finished answers, never single words of a growing one. */
export function Announcer() {
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {useSignal(words)}
    </p>
  );
}
