import { deferred, type TestServer } from '@amanda/testing';
import { vi } from 'vitest';

/** Holds every `system.health` until it is let go, and counts those that have begun. */
export function heldHealth(server: TestServer) {
  const waiting: (() => void)[] = [];
  const real = server.core.system.health.bind(server.core.system);
  let begun = deferred();
  let most = 0;
  const health = vi.spyOn(server.core.system, 'health').mockImplementation(async () => {
    const held = deferred();
    waiting.push(() => held.resolve());
    most = Math.max(most, waiting.length);
    begun.resolve();
    await held.promise;
    return real();
  });
  return {
    health,
    waiting,
    most: () => most,
    /** Lets the first go as soon as so many have begun. */
    async letOneGo(atLeast = 1) {
      while (waiting.length < atLeast) {
        begun = deferred();
        await begun.promise;
      }
      waiting.shift()?.();
    },
  };
}
