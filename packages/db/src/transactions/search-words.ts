// Scripts without spaces between words are found by their pairs of characters, as Lucene's CJKAnalyzer does it.
// https://lucene.apache.org/core/9_0_0/analysis/common/org/apache/lucene/analysis/cjk/package-summary.html

const scripts = ['Hani', 'Hira', 'Kana', 'Hang', 'Bopo', 'Thai', 'Laoo', 'Khmr', 'Mymr', 'Tibt'];
const wordClass = '[\\p{L}\\p{N}\\p{M}]';
const denseClass = `[[${scripts.map((script) => `\\p{scx=${script}}`).join('')}]&&${wordClass}]`;
const otherClass = `[${wordClass}--${denseClass}]`;
const dense = new RegExp(denseClass, 'v');
const part = new RegExp(`${denseClass}+|${otherClass}+`, 'gv');
const seam = new RegExp(`(?<=${denseClass})(?=${otherClass})|(?<=${otherClass})(?=${denseClass})`, 'gv');

/** Parts words from each other, and is no part of any. */
const border = '\u001F';

/** Whether a text has characters of scripts in which a character or two may be a word. */
export const isDense = (text: string): boolean => dense.test(text);

/** Cuts text into words and stretches of dense scripts, without what stands between. */
export const partsOf = (text: string): readonly string[] => text.match(part) ?? [];

/** A text in which dense stretches are no part of the words beside them. */
export const withBorders = (text: string): string => text.replace(seam, border);

/** Takes the borders out again. */
export const withoutBorders = (text: string): string => text.replaceAll(border, '');

/** The overlapping pairs of a dense stretch, in order: a shorter stretch's are the same ones, side by side. */
export function pairsOf(stretch: string): readonly string[] {
  const characters = Array.from(stretch);
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

/** What a dense text is found by: its words and pairs in their order, and each of its dense characters once. */
export function termsOf(text: string): { readonly words: string; readonly signs: string } {
  let words = '';
  const signs = new Set<string>();
  for (const each of partsOf(text)) {
    if (!isDense(each)) {
      words += `${each} `;
      continue;
    }
    let before = '';
    for (const character of each) {
      signs.add(character);
      if (before !== '') words += `${before}${character} `;
      before = character;
    }
    // The last one by itself keeps the pairs of two stretches apart.
    words += `${before} `;
  }
  return { words, signs: [...signs].join(' ') };
}
