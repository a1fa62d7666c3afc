import { create } from '@bufbuild/protobuf';
import {
  type ChatChunk,
  ChatChunkSchema,
  type ChatMessage,
  ChatMessageSchema,
  Role,
} from '../generated/amanda/ai_pb.ts';
import type { AiPiece, AiRequest, AiTurn, AiUsage } from './contract.ts';
import { finishReasonOf } from './finish-reason.ts';

/** Longest name of a model that is kept, in UTF-16 code units. */
const longestName = 200;

/** The request as it goes over the wire. */
export function toChatMessage(request: AiRequest): ChatMessage {
  return create(ChatMessageSchema, {
    userId: String(request.userId),
    chatId: String(request.chatId),
    message: request.message,
    history: request.history.map(({ role, text }) => ({
      role: role === 'user' ? Role.USER : Role.ASSISTANT,
      text,
    })),
    systemPrompt: request.systemPrompt,
    displayName: request.displayName,
    continueFrom: request.continueFrom,
  });
}

function toTurns(history: ChatMessage['history']): AiTurn[] {
  const turns: AiTurn[] = [];
  for (const { role, text } of history) {
    // A role of a later version is nobody we could name; its text is left out rather than put in a wrong mouth.
    if (role === Role.USER) turns.push({ role: 'user', text });
    else if (role === Role.ASSISTANT) turns.push({ role: 'assistant', text });
  }
  return turns;
}

/** The request as a backend reads it. Ids that are no numbers become NaN: they are the caller's, and only echoed. */
export function fromChatMessage(message: ChatMessage): AiRequest {
  return {
    userId: Number(message.userId),
    chatId: Number(message.chatId),
    message: message.message,
    history: toTurns(message.history),
    ...(message.systemPrompt !== undefined && { systemPrompt: message.systemPrompt }),
    ...(message.displayName !== undefined && { displayName: message.displayName }),
    ...(message.continueFrom !== undefined && { continueFrom: message.continueFrom }),
  };
}

/** A count that fits `uint32`; protobuf refuses to write any other, and with it the piece. */
const isCount = (value: number) => Number.isInteger(value) && value >= 0 && value <= 0xff_ff_ff_ff;

/** Nobody needs the counts enough to lose an answer over them: odd ones are left out. */
const countable = (usage: AiUsage | undefined) =>
  usage && isCount(usage.inputTokens) && isCount(usage.outputTokens) ? usage : undefined;

/** The piece as it goes over the wire. */
export function toChatChunk(piece: Partial<AiPiece>): ChatChunk {
  return create(ChatChunkSchema, {
    text: piece.text ?? '',
    done: piece.done ?? false,
    model: piece.model,
    usage: countable(piece.usage),
    finishReason: piece.finishReason,
    continues: piece.continues ?? false,
    reasoned: piece.reasoned ?? false,
  });
}

/** The piece as the client's reader gets it. */
export function fromChatChunk(chunk: ChatChunk): AiPiece {
  return {
    text: chunk.text,
    done: chunk.done,
    ...(chunk.model !== undefined && { model: chunk.model.slice(0, longestName).toWellFormed() }),
    ...(chunk.usage && {
      usage: { inputTokens: chunk.usage.inputTokens, outputTokens: chunk.usage.outputTokens },
    }),
    ...(chunk.finishReason !== undefined && { finishReason: finishReasonOf(chunk.finishReason) }),
    ...(chunk.continues && { continues: true }),
    ...(chunk.reasoned && { reasoned: true }),
  };
}
