import type { AiPiece } from '@amanda/ai-client';

const endsInsidePair = /[\uD800-\uDBFF]$/;

/**
 * The same pieces, none of which ends inside a surrogate pair: a trailing half waits for the next piece. Models send
 * such halves when a character spans two of their tokens, and UTF-8 on the wire has no form for them. A half that
 * never finds its other half becomes U+FFFD.
 */
export async function* wholeCharacters(
  pieces: AsyncIterable<AiPiece>,
): AsyncGenerator<AiPiece, void, undefined> {
  let half = '';
  for await (const piece of pieces) {
    const text = half + piece.text;
    half = !piece.done && endsInsidePair.test(text) ? text.slice(-1) : '';
    yield { ...piece, text: text.slice(0, text.length - half.length).toWellFormed() };
  }
  if (half) yield { text: half.toWellFormed(), done: false };
}
