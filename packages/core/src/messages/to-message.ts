import { isErrorCode, type Message, type Usage } from '@amanda/contract';
import type { StoredMessage } from '@amanda/db';
import { eventId } from '../runs/event-id.ts';

/** Shows a stored message as its owner sees it. */
export function toMessage(stored: StoredMessage): Message {
  const { run } = stored;
  return {
    id: stored.id,
    chatId: stored.chatId,
    role: stored.role,
    text: stored.text,
    status: stored.status,
    createdAt: stored.timestamp,
    error: stored.errorCode !== null && isErrorCode(stored.errorCode) ? stored.errorCode : null,
    replyTo: stored.replyTo,
    version: { index: stored.versionIndex, count: stored.versionCount },
    eventId:
      run !== null && stored.status === 'streaming'
        ? eventId({ runId: run.id, offset: stored.text.length })
        : null,
    usage: run === null || stored.status === 'streaming' ? null : toUsage(run),
  };
}

function toUsage(run: NonNullable<StoredMessage['run']>): Usage {
  const { model, inputTokens, outputTokens, firstPieceMs, durationMs, finishReason } = run;
  return { model, inputTokens, outputTokens, firstPieceMs, durationMs, finishReason };
}
