import type { User } from '@amanda/contract';
import type { EndReason, LiveSession, Log } from '@amanda/core';
import type { Context } from '../src/context.ts';
import { fakeCore } from './fake-core.ts';

/** A session that a test can end. */
export function liveSession(
  user: User,
): LiveSession & { end(reason: EndReason): void; listeners(): number; touches(): number } {
  const listeners = new Set<(reason: EndReason) => void>();
  let ended: EndReason | null = null;
  let touches = 0;
  return {
    kind: 'session',
    publicId: `public-${user.id}`,
    id: `session-of-${user.id}`,
    userId: user.id,
    user,
    get ended() {
      return ended;
    },
    onEnd(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    touch() {
      touches += 1;
    },
    release() {},
    end(reason) {
      ended = reason;
      for (const listener of listeners) listener(reason);
    },
    listeners: () => listeners.size,
    touches: () => touches,
  };
}

/** A log that a test can read. */
export function recordingLog(): Log & { readonly lines: { level: string; fields: object; text: string }[] } {
  const lines: { level: string; fields: object; text: string }[] = [];
  const at = (level: string) => (fields: object, text: string) => {
    lines.push({ level, fields, text });
  };
  const log = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return log;
}

/** The context of a call by nobody, over HTTP, unless told otherwise. */
export function contextOf(given: Partial<Context> = {}): Context {
  return {
    core: fakeCore(),
    session: null,
    agent: { address: '127.0.0.1', userAgent: 'test' },
    surface: 'trpc-http',
    requestId: 'request-1',
    log: recordingLog(),
    ...given,
  };
}
