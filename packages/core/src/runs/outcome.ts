import { AiError, type AiPiece } from '@amanda/ai-client';
import type { ErrorCode } from '@amanda/contract';
import { StorageError } from '@amanda/db';

/** The code for what ended the reading of an answer. @param hadText whether text had come before */
export function codeOfFailure(error: unknown, hadText: boolean): ErrorCode {
  if (error instanceof StorageError) return 'STORAGE_UNAVAILABLE';
  if (!(error instanceof AiError)) return 'INTERNAL';
  switch (error.code) {
    case 'FIRST_PIECE_TIMEOUT':
    case 'SILENCE_TIMEOUT':
    case 'TIMED_OUT':
      return 'AI_TIMEOUT';
    case 'UNAVAILABLE':
      return hadText ? 'AI_CUT_OFF' : 'AI_UNAVAILABLE';
    case 'RATE_LIMITED':
      return 'AI_BUSY';
    case 'MISCONFIGURED':
    case 'INCOMPATIBLE':
      return 'AI_MISCONFIGURED';
    case 'REJECTED':
    case 'REQUEST_TOO_LARGE':
      return 'AI_REFUSED';
    default:
      return 'AI_FAILED';
  }
}

/**
 * The code for an answer that came to its end: none where it is one. Somebody waited for a text; without one they are
 * told why there is none.
 */
export function codeOfSilence(
  { finishReason, reasoned }: Pick<Partial<AiPiece>, 'finishReason' | 'reasoned'>,
  hasText: boolean,
): ErrorCode | undefined {
  if (finishReason === 'error') return 'AI_FAILED';
  if (hasText) return undefined;
  switch (finishReason) {
    case 'content-filter':
      return 'AI_FILTERED';
    case 'length':
      return 'AI_NO_ROOM';
    case 'tool-calls':
      return 'AI_CALLED_TOOL';
    default:
      return reasoned === true ? 'AI_ONLY_REASONED' : 'AI_NO_TEXT';
  }
}
