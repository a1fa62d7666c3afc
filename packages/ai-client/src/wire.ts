import { create } from '@bufbuild/protobuf';
import {
  type ChatChunk,
  ChatChunkSchema,
  type ChatMessage,
  ChatMessageSchema,
  Role,
} from '../generated/amanda/ai_pb.ts';
import type { AiPiece, AiRequest, AiTurn } from './contract.ts';

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

/** The piece as it goes over the wire. */
export function toChatChunk(piece: Partial<AiPiece>): ChatChunk {
  return create(ChatChunkSchema, {
    text: piece.text ?? '',
    done: piece.done ?? false,
    model: piece.model,
    usage: piece.usage,
    finishReason: piece.finishReason,
    continues: piece.continues ?? false,
  });
}

/** The piece as the client's reader gets it. */
export function fromChatChunk(chunk: ChatChunk): AiPiece {
  return {
    text: chunk.text,
    done: chunk.done,
    ...(chunk.model !== undefined && { model: chunk.model }),
    ...(chunk.usage && {
      usage: { inputTokens: chunk.usage.inputTokens, outputTokens: chunk.usage.outputTokens },
    }),
    ...(chunk.finishReason !== undefined && { finishReason: chunk.finishReason }),
    ...(chunk.continues && { continues: true }),
  };
}
