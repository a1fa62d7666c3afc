const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Whether a place in a text, in UTF-16 code units, lies between the halves of a surrogate pair. */
export function splitsPair(text: string, at: number): boolean {
  return (
    at > 0 &&
    at < text.length &&
    isHighSurrogate(text.charCodeAt(at - 1)) &&
    isLowSurrogate(text.charCodeAt(at))
  );
}

/** Cuts at most `max` UTF-16 code units from a place on, and never inside a surrogate pair. */
export function sliceText(text: string, from: number, max: number): string {
  const end = Math.min(text.length, from + max);
  return text.slice(from, splitsPair(text, end) ? end - 1 : end);
}

/** Joins the pieces of a stream into well-formed text: a trailing high surrogate waits for the next piece. */
export function createPieceJoiner(): { push(piece: string): string; rest(): string } {
  let held = '';
  return {
    push(piece) {
      const text = held + piece;
      held = '';
      if (!isHighSurrogate(text.charCodeAt(text.length - 1))) return text.toWellFormed();
      held = text.slice(-1);
      return text.slice(0, -1).toWellFormed();
    },
    rest() {
      const text = held.toWellFormed();
      held = '';
      return text;
    },
  };
}
