// For those who serve the contract: packages/ai-service and the scripted backends.
import { AIService } from '../generated/amanda/ai_pb.ts';
import { niceService } from './nice-service.ts';

export { file_amanda_ai } from '../generated/amanda/ai_pb.ts';
export { fromChatMessage, toChatChunk } from './wire.ts';

/** `amanda.ai.AIService` for nice-grpc's clients and servers. */
export const aiServiceDefinition = niceService(AIService);
