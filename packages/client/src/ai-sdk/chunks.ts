import type { FinishReason, InferUIMessageChunk } from 'ai';
import type { AnswerState } from '../answers/answer.ts';
import type { AmandaUIMessage } from './messages.ts';

/** What the AI SDK reads. */
export type AmandaChunk = InferUIMessageChunk<AmandaUIMessage>;

const part = 'text';

/** Tells how an answer grows in chunks of the AI SDK, from its beginning. Breaking off only leaves. */
export async function* chunksOf(
  answer: AsyncIterable<AnswerState>,
  errorText: (code: string) => string,
): AsyncGenerator<AmandaChunk, void, undefined> {
  let sent = 0;
  let isOpen = false;
  for await (const { done, error, message, messageId, status, text } of answer) {
    if (!isOpen) {
      yield { type: 'start', messageId: String(messageId), messageMetadata: { status } };
      yield { type: 'text-start', id: part };
      isOpen = true;
    }
    // What was shown cannot be taken back: the SDK has to begin again.
    if (text.length < sent) throw new Error('The stored answer is shorter than what was shown.');
    if (text.length > sent) yield { type: 'text-delta', id: part, delta: text.slice(sent) };
    sent = text.length;
    if (!done) continue;

    yield { type: 'text-end', id: part };
    if (message !== null) {
      const { createdAt, version } = message;
      yield { type: 'message-metadata', messageMetadata: { status, createdAt, version } };
    }
    if (status === 'failed') yield { type: 'error', errorText: errorText(error ?? 'AI_FAILED') };
    else yield { type: 'finish', finishReason: reasonOf(status, message?.usage?.finishReason) };
  }
}

function reasonOf(status: AnswerState['status'], word: string | null | undefined): FinishReason {
  if (status !== 'complete') return 'other';
  return word === 'length' || word === 'content-filter' ? word : 'stop';
}
