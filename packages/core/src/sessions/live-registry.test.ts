import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { silentLog } from '../log/log.ts';
import { createLiveRegistry, type StoredSession } from './live-registry.ts';

/** A registry whose look-ups end when the test says so, with the row as it was when they began. */
function slowRegistry() {
  const clock = createFakeClock();
  const stored: StoredSession = {
    id: 'id',
    publicId: 'public',
    user: {
      id: 1,
      email: 'ada@example.com',
      displayName: null,
      emailVerified: true,
      role: 'user',
      createdAt: new Date(0),
    },
    disabled: false,
    lastUsedAt: clock.now(),
    expiresAt: null,
  };
  const found: ((row: StoredSession | null) => void)[] = [];
  const registry = createLiveRegistry({
    kind: 'session',
    clock,
    log: silentLog,
    idleMs: null,
    store: {
      find: () => new Promise((resolve) => found.push(resolve)),
      existing: (keys) => Promise.resolve(new Set(keys)),
      touch: () => Promise.resolve(),
      removeExpired: () => Promise.resolve(),
    },
  });
  return { registry, stored, found };
}

const everything = () => true;

test('a look-up that began before an end, and finds the row as it was, does not bring the session back', async () => {
  const { registry, stored, found } = slowRegistry();
  const opening = registry.open('key');
  await registry.end(everything, 'logged_out', () => Promise.resolve());
  found[0]?.(stored);
  expect(await opening).toBeNull();
  const again = registry.open('key');
  expect(found).toHaveLength(2); // nothing was kept of the first
  found[1]?.(null);
  expect(await again).toBeNull();
  await registry.close();
});

test('a look-up that begins while the row is being removed, and still finds it, does not bring the session back', async () => {
  const { registry, stored, found } = slowRegistry();
  const removing = Promise.withResolvers<void>();
  const ending = registry.end(everything, 'revoked', () => removing.promise);
  const opening = registry.open('key');
  removing.resolve();
  await ending;
  found[0]?.(stored);
  expect(await opening).toBeNull();
  await registry.close();
});

test('a look-up that overlaps with the end of another session finds its own', async () => {
  const { registry, stored, found } = slowRegistry();
  const opening = registry.open('key');
  await registry.end(
    (key) => key === 'another',
    'revoked',
    () => Promise.resolve(),
  );
  found[0]?.(stored);
  expect(await opening).toMatchObject({ id: 'id', ended: null });
  await registry.close();
});
