import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';

/** Refusals that a client may answer by asking again. */
const passing = new Set(['SHUTTING_DOWN', 'RUN_ACTIVE', 'STORAGE_UNAVAILABLE']);

/** What was counted of calls that were repeated until they were answered. */
export interface Repeats {
  calls: number;
  attempts: number;
}

/**
 * Repeats a call under one client id until it is answered, as a client does that means what it says.
 * @throws what no repetition mends
 */
export async function untilAnswered<Answer>(
  call: (clientId: string) => Promise<Answer>,
  { repeats, pauseMs = 20, signal }: { repeats?: Repeats; pauseMs?: number; signal?: AbortSignal } = {},
): Promise<Answer> {
  const clientId = randomUUID();
  if (repeats !== undefined) repeats.calls += 1;
  for (;;) {
    if (repeats !== undefined) repeats.attempts += 1;
    try {
      return await call(clientId);
    } catch (error) {
      if (!mayPass(error)) throw error;
      await after(pauseMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'TRPCClientError') return false;
  const shape: unknown = Reflect.get(error, 'data');
  // No answer at all, or one that is not ours: the link is down.
  if (typeof shape !== 'object' || shape === null) return true;
  const amanda: unknown = Reflect.get(shape, 'amanda');
  const code: unknown =
    typeof amanda === 'object' && amanda !== null ? Reflect.get(amanda, 'code') : undefined;
  return typeof code === 'string' && passing.has(code);
}
