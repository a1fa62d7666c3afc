export { Status } from 'nice-grpc';
export type { ScriptedCall } from './calls.ts';
export {
  type AiScript,
  failsAfter,
  failure,
  fallsSilentAfter,
  inTurn,
  pause,
  type ScriptContext,
  type ScriptedPiece,
  says,
  silence,
} from './script.ts';
export { type ScriptedAi, type ScriptedAiOptions, scriptedAi } from './scripted-ai.ts';
export { foreignAiBackend, type ScriptedAiBackend, scriptedAiBackend } from './scripted-ai-backend.ts';
