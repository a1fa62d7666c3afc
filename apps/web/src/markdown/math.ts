/** Marks inline code that is a formula; no text that people write contains it. */
export const mathMark = '\uE000';

// In turn: fences, code spans, escapes, display math, inline math. What comes first wins, so code stays code.
const pattern =
  /(^[ \t]*(`{3,}|~{3,})[^\n]*(?:\n[\s\S]*?(?:^[ \t]*\2[`~]*[ \t]*$|$(?![\s\S]))|$(?![\s\S])))|((`+)(?!`)[\s\S]*?[^`]\4(?!`))|\\\[([\s\S]+?)\\\]|\$\$([\s\S]+?)\$\$|\\\(([^\n]+?)\\\)|(\\[^()[\]])/gm;

/**
 * Rewrites `\( \)`, `\[ \]` and `$$` into Markdown that every parser takes for code, so that nothing inside of a formula
 * is read as Markdown. A single dollar stays money.
 */
export function mathToCode(text: string): string {
  if (!text.includes('\\') && !text.includes('$$')) return text;
  return text.replace(
    pattern,
    (whole: string, fence, _mark, span, _ticks, bracket, dollars, inline, _escape, at: number) => {
      if (fence !== undefined || span !== undefined) return whole;
      const display: unknown = bracket ?? dollars;
      if (typeof display === 'string') {
        return standsAlone(text, at, whole.length) ? block(display) : span$(display);
      }
      return typeof inline === 'string' ? span$(inline) : whole;
    },
  );
}

const standsAlone = (text: string, at: number, length: number): boolean => {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  const end = text.indexOf('\n', at + length);
  const after = text.slice(at + length, end === -1 ? undefined : end);
  return before.trim() === '' && after.trim() === '';
};

const block = (source: string): string => {
  const fence = '`'.repeat(Math.max(3, longestTicks(source) + 1));
  return `\n${fence}math\n${source.trim()}\n${fence}\n`;
};

const span$ = (source: string): string => {
  const ticks = '`'.repeat(longestTicks(source) + 1);
  return `${ticks}${mathMark}${source.replaceAll('\n', ' ').trim()}${ticks}`;
};

const longestTicks = (source: string): number =>
  Math.max(0, ...Array.from(source.matchAll(/`+/g), ([ticks]) => ticks.length));

/** The text without a formula at its end that is not closed yet; its raw marks would flash. */
export function withoutOpenMath(text: string): string {
  const tail = text.slice(Math.max(0, text.length - 2000));
  for (const [open, close] of [
    ['\\[', '\\]'],
    ['\\(', '\\)'],
  ] as const) {
    const at = tail.lastIndexOf(open);
    if (at !== -1 && tail.indexOf(close, at) === -1 && !tail.slice(at).includes('\n\n')) {
      return text.slice(0, text.length - tail.length + at);
    }
  }
  return text.endsWith('\\') ? text.slice(0, -1) : text;
}
