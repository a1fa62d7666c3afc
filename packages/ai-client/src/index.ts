export { AiError, type AiErrorCode } from './aiError.ts';
export type { AiClient, AiHealth, AiPiece, AiRequest, AiTurn, AiUsage } from './contract.ts';
export { type AiClientOptions, createAiClient } from './createAiClient.ts';
export { finishReasonOf } from './finishReason.ts';
export { type NiceService, niceService } from './niceService.ts';
export { type AiPatience, defaultPatience, type StartTimer } from './reader.ts';
export { safeReason } from './reason.ts';
