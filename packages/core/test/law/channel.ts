import type { AiRequest } from '@amanda/ai-client';
import { failure, type ScriptedPiece, Status, silence } from '@amanda/ai-client/scripted';

/** An AI backend's end of one call, moved by hand. */
export interface Channel {
  readonly request: AiRequest;
  /** The text that its message has when all of it arrives. */
  readonly whole: string;
  readonly over: boolean;
  say(text: string): void;
  end(how: 'done' | 'error' | 'hang up'): void;
  pieces(signal: AbortSignal): AsyncGenerator<ScriptedPiece, void, undefined>;
}

/** Makes a channel. A backend that echoes says first that it continues. */
export function createChannel(request: AiRequest, echoes: boolean): Channel {
  const queue: ScriptedPiece[] =
    request.continueFrom !== undefined && echoes ? [{ text: '', continues: true }] : [];
  let said = '';
  let end: 'done' | 'error' | 'hang up' | undefined;
  let wake = Promise.withResolvers<void>();
  return {
    request,
    get whole() {
      // What brings no text leaves the partial answer as it is, whether its backend knows how to continue or not.
      return (echoes || said === '' ? (request.continueFrom ?? '') : '') + said.toWellFormed();
    },
    get over() {
      return end !== undefined;
    },
    say(text) {
      if (end !== undefined) return;
      said += text;
      queue.push(text);
      wake.resolve();
    },
    end(how) {
      end ??= how;
      wake.resolve();
    },
    async *pieces(signal) {
      for (;;) {
        const piece = queue.shift();
        if (piece !== undefined) yield piece;
        else if (end === 'error') throw failure(Status.INTERNAL);
        else if (end !== undefined) break;
        else {
          await Promise.race([wake.promise, silence(signal)]);
          wake = Promise.withResolvers();
        }
      }
      if (end === 'done') yield { done: true };
    },
  };
}
