import { type Clock, wallOf } from './clock.ts';

/**
 * What happened to the device or the page:
 * `wake`: links may have died unnoticed, so fresh ones are made at once, without waiting out a pause;
 * `sleep`: the page is put away (back/forward cache, frozen tab), so links are let go until `wake`;
 * `offline`: the device says that it has no network.
 */
export type WakeSignal = 'wake' | 'sleep' | 'offline';

/** Tells the client what happens to the device. Answers a function that stops it. */
export type WakeSource = (listener: (signal: WakeSignal) => void) => () => void;

/** After so long in the background a link is not trusted any more. */
const hiddenMs = 20_000;

/** As much of `window` or a worker's `self` as is listened to. */
interface Target {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The names under which pages and workers find themselves, and one that is everywhere. */
interface Globals {
  readonly window?: Target;
  readonly self?: Target;
  readonly document?: Target & { readonly visibilityState?: string };
  readonly fetch: unknown;
}

/** Listens to a page or a worker; where neither is (Node, React Native) it never says anything. */
export function browserWake(clock: Clock): WakeSource {
  return (tell) => {
    const stops: (() => void)[] = [];
    const on = (target: Target, type: string, listener: () => void) => {
      target.addEventListener(type, listener);
      stops.push(() => target.removeEventListener(type, listener));
    };
    const { document, window, self }: Globals = globalThis;
    const target = window ?? self;
    // React Native has a `window` that is no event target.
    if (target?.addEventListener === undefined) return () => {};

    let asleep = false;
    const sleep = () => {
      asleep = true;
      tell('sleep');
    };
    const wakeFromSleep = () => {
      if (!asleep) return;
      asleep = false;
      tell('wake');
    };
    on(target, 'online', () => tell('wake'));
    on(target, 'offline', () => tell('offline'));
    on(target, 'pagehide', sleep);
    on(target, 'pageshow', wakeFromSleep);
    if (document !== undefined) {
      // In some browsers the monotonic clock stands still while the device sleeps; the wall clock may be set meanwhile.
      // Whichever went further is believed: a link that is made anew for nothing costs little.
      const times = () => [clock.now(), wallOf(clock)] as const;
      let hiddenAt: readonly [number, number] | undefined;
      on(document, 'visibilitychange', () => {
        if (document.visibilityState === 'hidden') {
          hiddenAt = times();
          return;
        }
        const [now, wall] = times();
        const wasLong = hiddenAt !== undefined && Math.max(now - hiddenAt[0], wall - hiddenAt[1]) > hiddenMs;
        hiddenAt = undefined;
        if (wasLong) asleep = true;
        wakeFromSleep();
      });
      on(document, 'freeze', sleep);
      on(document, 'resume', wakeFromSleep);
    }
    return () => {
      for (const stop of stops) stop();
    };
  };
}
