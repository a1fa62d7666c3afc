const opening = '<think>';
const closing = '</think>';

/** Takes the texts of an answer and gives those that are to be shown. */
export interface ThoughtFilter {
  push(text: string): string;
  /** What is still held when the answer is over. */
  rest(): string;
  /** Whether thoughts were taken out. */
  readonly hasThought: boolean;
}

/** The longest end of `text` that may be the beginning of `tag`. */
function openEnd(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}

/**
 * Takes out what stands between `<think>` and `</think>`, in any slicing, where it is the first thing of an answer:
 * servers that do not know a model's way of thinking pass it on as text. Anywhere else the tags are text.
 */
export function thoughtFilter(): ThoughtFilter {
  let state: 'start' | 'thinking' | 'behind' | 'text' = 'start';
  let held = '';
  let hasThought = false;

  function push(text: string): string {
    if (state === 'text') return text;
    held += text;
    if (state === 'start') {
      const begun = held.trimStart();
      if (begun.length < opening.length && opening.startsWith(begun)) return '';
      if (!begun.startsWith(opening)) return release();
      state = 'thinking';
      hasThought = true;
      held = begun.slice(opening.length);
    }
    if (state === 'thinking') {
      const end = held.indexOf(closing);
      if (end < 0) {
        held = held.slice(held.length - openEnd(held, closing));
        return '';
      }
      state = 'behind';
      held = held.slice(end + closing.length);
    }
    // The empty lines between thoughts and answer belong to neither.
    held = held.trimStart();
    return held === '' ? '' : release();
  }

  function release(): string {
    const text = held;
    state = 'text';
    held = '';
    return text;
  }

  return {
    push,
    rest: () => (state === 'start' ? release() : ''),
    get hasThought() {
      return hasThought;
    },
  };
}
