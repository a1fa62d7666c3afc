export { AiError, type AiErrorCode } from './ai-error.ts';
export type { AiClient, AiHealth, AiPiece, AiRequest, AiTurn, AiUsage } from './contract.ts';
export { type AiClientOptions, createAiClient } from './create-ai-client.ts';
export { finishReasonOf } from './finish-reason.ts';
export { type NiceService, niceService } from './nice-service.ts';
export { type AiPatience, defaultPatience, type StartTimer } from './reader.ts';
export { safeReason } from './reason.ts';
