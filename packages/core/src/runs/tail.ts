import { sliceText } from './text.ts';

/** The committed text of a running answer, held in memory by the node that writes it. */
export interface Tail {
  /** Where the tail begins in the message's text, in UTF-16 code units. */
  readonly start: number;
  /** The length of the message's committed text. */
  readonly end: number;
  append(text: string): void;
  /** Cuts at most `max` units from a place in [start, end) on, never inside a surrogate pair. */
  slice(from: number, max: number): string;
  /** Whether a place lies between the halves of a surrogate pair. */
  splitsPair(at: number): boolean;
}

/** Pieces are joined up to this length, so that a long answer of short pieces does not become a long list. */
const blockLength = 4096;

/** Makes an empty tail; the cost of an append does not depend on what is there. */
export function createTail(start: number): Tail {
  const blocks: { readonly offset: number; text: string }[] = [];
  let end = start;

  const blockAt = (offset: number): number => {
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((blocks[middle]?.offset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  const cut = (from: number, max: number): string => {
    const last = blocks.at(-1);
    if (last !== undefined && from >= last.offset) return sliceText(last.text, from - last.offset, max);
    const parts: string[] = [];
    let length = 0;
    for (let i = blockAt(from); i < blocks.length && length < max + 1; i += 1) {
      const block = blocks[i];
      if (block === undefined) break;
      const part = block.text.slice(Math.max(0, from - block.offset));
      parts.push(part);
      length += part.length;
    }
    return sliceText(parts.join(''), 0, max);
  };

  return {
    start,
    get end() {
      return end;
    },
    append(text) {
      const last = blocks.at(-1);
      if (last !== undefined && last.text.length + text.length <= blockLength) last.text += text;
      else blocks.push({ offset: end, text });
      end += text.length;
    },
    slice: cut,
    // Committed pieces are well-formed, so the unit before decides: a slice of one unit gives nothing inside a pair.
    splitsPair: (at) => at > start && at < end && cut(at - 1, 1) === '',
  };
}
