import { ServerError, type Status } from 'nice-grpc';
import type { AiPiece, AiRequest } from '../contract.ts';

/** A piece of a script; a string is a piece with that text. */
export type ScriptedPiece = string | Partial<AiPiece>;

/** What a script knows besides the request. */
export interface ScriptContext {
  /** Aborts when the caller cancels, or the client or server is closed. */
  signal: AbortSignal;
  /** 0 for the first request of this backend, 1 for the second… */
  call: number;
}

/**
 * What a scripted backend does with a request: what it yields is sent, what it throws becomes the status. Use
 * {@link failure} to choose one. A script that returns without a piece with `done` ends the stream with OK, without.
 */
export type AiScript = (request: AiRequest, context: ScriptContext) => AsyncIterable<ScriptedPiece>;

/** A script that says these pieces, then `done`. */
export function says(...texts: string[]): AiScript {
  return async function* () {
    yield* texts;
    yield { done: true };
  };
}

/** A script that says these pieces, then fails with a gRPC status. */
export function failsAfter(texts: readonly string[], status: Status, details = 'scripted failure'): AiScript {
  return async function* () {
    yield* texts;
    throw failure(status, details);
  };
}

/** A script that says these pieces, then nothing until it is cancelled. */
export function fallsSilentAfter(...texts: string[]): AiScript {
  return async function* (_request, { signal }) {
    yield* texts;
    await silence(signal);
  };
}

/** A script for each request in turn; the last one serves all that follow. */
export function inTurn(first: AiScript, ...rest: AiScript[]): AiScript {
  const scripts = [first, ...rest];
  return (request, context) => (scripts[context.call] ?? scripts.at(-1) ?? first)(request, context);
}

/** What a script throws to fail with a gRPC status. */
export function failure(status: Status, details = 'scripted failure'): ServerError {
  return new ServerError(status, details);
}

/** Waits for `gate`, or rejects with the signal's reason when that comes first. */
export async function pause<T>(gate: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([gate, silence(signal)]);
}

/** Nothing happens until `signal` aborts; then it rejects with the signal's reason. */
export function silence(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

/** The piece that a script's word means. */
export function toPiece(piece: ScriptedPiece): Partial<AiPiece> {
  return typeof piece === 'string' ? { text: piece } : piece;
}
