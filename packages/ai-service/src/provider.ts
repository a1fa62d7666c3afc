import type { AiPiece, AiRequest } from '@amanda/ai-client';

/** What writes the answers. */
export interface Provider {
  /** For logs and the first look at a running server: `offline`, `openai`, `anthropic`. */
  readonly name: string;
  /**
   * Writes one answer, a piece at a time, as fast as it is read. The last piece should have `done` set. With
   * `request.continueFrom` it writes only what follows and sets `continues` on its first piece.
   * @throws {ServerError} of nice-grpc, whose details are safe to show to an operator: no keys, no texts.
   */
  stream(request: AiRequest, signal: AbortSignal): AsyncIterable<AiPiece>;
}
