import { expect, test } from 'vitest';
import { amandaErrorOf } from '../src/index.ts';
import { adminProcedure, createCallerFactory, router } from '../src/trpc.ts';
import { contextOf, liveSession } from './context.ts';
import { admin, owner } from './fake-core.ts';

test('an admin procedure is for administrators, and says no to others in that order', async () => {
  const createCaller = createCallerFactory(router({ secret: adminProcedure.query(() => 'told') }));
  const codeFor = (session: ReturnType<typeof liveSession> | null) =>
    createCaller(contextOf({ session }))
      .secret()
      .catch((error: unknown) => amandaErrorOf(error).code);
  const ended = liveSession(admin);
  ended.end('revoked');
  expect(await codeFor(liveSession(admin))).toBe('told');
  expect(await codeFor(liveSession(owner))).toBe('FORBIDDEN');
  expect(await codeFor(ended)).toBe('SESSION_ENDED');
  expect(await codeFor(null)).toBe('UNAUTHENTICATED');
});
