import type { AiPiece, AiRequest } from '../contract.ts';
import { type AiScript, type ScriptedPiece, toPiece } from './script.ts';

/** One request that a scripted backend received, and what became of it. */
export interface ScriptedCall {
  readonly request: AiRequest;
  /** The script's own signal: aborted when the caller cancelled. */
  readonly signal: AbortSignal;
  /** Resolves when the script's generator is over, its `finally` blocks included, however it ended. */
  readonly finished: Promise<void>;
  /** Pieces the script has given so far: how far the reader let it run. */
  readonly given: number;
}

/** The requests of one scripted backend, in order of arrival. */
export interface CallLog {
  readonly calls: readonly ScriptedCall[];
  /** Resolves with the nth call (0 is the first) once it has arrived. */
  received: (index: number) => Promise<ScriptedCall>;
  /** Runs the script for a request and keeps a record. */
  run: (request: AiRequest, signal: AbortSignal) => AsyncGenerator<Partial<AiPiece>, void, undefined>;
}

/** A log for one script. */
export function callLog(script: AiScript): CallLog {
  const calls: ScriptedCall[] = [];
  const waiting = new Map<number, PromiseWithResolvers<ScriptedCall>>();
  return {
    calls,
    async received(index) {
      const call = calls[index];
      if (call) return call;
      const waiter = waiting.get(index) ?? Promise.withResolvers<ScriptedCall>();
      waiting.set(index, waiter);
      return waiter.promise;
    },
    async *run(request, signal) {
      const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
      let given = 0;
      const index = calls.length;
      const call: ScriptedCall = {
        request,
        signal,
        finished,
        get given() {
          return given;
        },
      };
      calls.push(call);
      waiting.get(index)?.resolve(call);
      waiting.delete(index);
      try {
        const pieces: AsyncIterable<ScriptedPiece> = script(request, { signal, call: index });
        for await (const piece of pieces) {
          given += 1;
          yield toPiece(piece);
        }
      } finally {
        finish();
      }
    },
  };
}
