export { AiError, type AiErrorCode } from './aiError.ts';
export type { AiClient, AiHealth, AiPiece, AiRequest, AiTurn, AiUsage } from './contract.ts';
export { type AiClientOptions, createAiClient } from './createAiClient.ts';
export { type NiceService, niceService } from './niceService.ts';
export type { StartTimer } from './reader.ts';
