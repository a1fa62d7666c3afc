import type { Agent, Gate, LiveSession, Log } from '@amanda/core';
import type { Core } from './core.ts';

/** How a call came in. Only the in-process caller of `packages/compat` may say `compat`. */
export type Surface = 'trpc-http' | 'trpc-ws' | 'compat' | 'caller';

/** Puts the session into the answer to an HTTP request, or takes it out of the browser. */
export interface Cookies {
  set(sessionId: string, expiresAt: Date): void | Promise<void>;
  clear(): void | Promise<void>;
  /** Leaves the mark of a known device; it outlives the session. */
  remember(device: string): void;
}

/** The connection that a caller's subscriptions share. */
export interface Socket {
  /** Holds a subscription back while the connection is full. */
  readonly gate: Gate;
  /** Takes a place for one more subscription; null when all are taken. Call what it returns, once, to give it back. */
  enter(): (() => void) | null;
}

/** The calls of one batch, which share what it may hold. */
export interface Batch {
  /** Makes a call when those before it are done. @throws BATCH_FULL when their answers have filled the batch */
  inTurn<Result extends { readonly ok: boolean }>(call: () => Promise<Result>): Promise<Result>;
}

/** All that a procedure knows about the call besides its input. Whoever makes it releases the session. */
export interface Context {
  readonly core: Core;
  /** Null for a stranger. On a socket it is opened once and may have ended since; procedures look at `ended`. */
  readonly session: LiveSession | null;
  readonly agent: Agent;
  readonly surface: Surface;
  /** Names the request in the log and in errors. */
  readonly requestId: string;
  readonly log: Log;
  /** Absent where no cookie can be set: sockets and callers that carry the session in another way. */
  readonly cookies?: Cookies | undefined;
  readonly socket?: Socket | undefined;
  /** Present where several calls came in one request. */
  readonly batch?: Batch | undefined;
}

declare module './scope.ts' {
  interface Scope extends Context {}
}
