import { readAnswer } from '../answer.ts';
import type { AiClient, AiHealth, AiPiece } from '../contract.ts';
import { closedError, defaultPatience, type StartTimer, systemTimer } from '../reader.ts';
import { type CallLog, callLog } from './calls.ts';
import type { AiScript } from './script.ts';

/** Settings of {@link scriptedAi}, as for the real client. */
export interface ScriptedAiOptions {
  firstPieceTimeoutMs?: number;
  silenceTimeoutMs?: number;
  startTimer?: StartTimer;
  health?: AiHealth;
}

/** An AiClient without a network, and a record of what was asked of it. */
export interface ScriptedAi extends AiClient, Pick<CallLog, 'calls' | 'received'> {}

/**
 * An AiClient that plays a script in this process, for tests of what stands on it. Aborts, timeouts, the last piece and
 * the codes of errors are those of the real client; only retry and reconnection, which need a wire, are missing.
 */
export function scriptedAi(script: AiScript, options: ScriptedAiOptions = {}): ScriptedAi {
  const { startTimer = systemTimer } = options;
  const { firstPieceTimeoutMs, silenceTimeoutMs } = { ...defaultPatience, ...options };
  const log = callLog(script);
  const closing = new AbortController();
  return {
    calls: log.calls,
    received: log.received,
    stream: (request, { signal }) =>
      readAnswer({
        begin: (callSignal) => {
          let started = false;
          async function* pieces(): AsyncGenerator<AiPiece, void, undefined> {
            for await (const piece of log.run(structuredClone(request), callSignal)) {
              started = true;
              yield { ...piece, text: piece.text ?? '', done: piece.done ?? false };
            }
          }
          return { pieces: pieces(), headersReceived: () => started, recover: async () => false };
        },
        signals: { wanted: signal, open: closing.signal },
        patience: { firstPieceTimeoutMs, silenceTimeoutMs, startTimer },
      }),
    health: async () => options.health ?? 'serving',
    async close() {
      closing.abort(closedError());
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}
