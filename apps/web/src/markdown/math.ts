/** Marks inline code that is a formula; no text that people write contains it. */
export const mathMark = '\uE000';

/** What stands for a whole formula without any other mark, and what KaTeX knows. */
const environments =
  'align|alignat|aligned|array|Bmatrix|bmatrix|cases|CD|equation|gather|gathered|matrix|multline|pmatrix|split|Vmatrix|vmatrix';

// In turn: fences, code spans, escapes, display math, environments, inline math, math between single dollars. What comes
// first wins, so code stays code.
const pattern = new RegExp(
  [
    '(?<fence>^[ \\t]*(?<mark>`{3,}|~{3,})[^\\n]*(?:\\n[\\s\\S]*?(?:^[ \\t]*\\k<mark>[`~]*[ \\t]*$|$(?![\\s\\S]))|$(?![\\s\\S])))',
    '(?<span>(?<ticks>`+)(?!`)[\\s\\S]*?[^`]\\k<ticks>(?!`))',
    String.raw`\\\[(?<bracket>[\s\S]+?)\\\]`,
    String.raw`\$\$(?<dollars>[\s\S]+?)\$\$`,
    String.raw`(?<environment>\\begin\{(?<name>(?:${environments})\*?)\}[\s\S]+?\\end\{\k<name>\})`,
    String.raw`\\\((?<inline>[^\n]+?)\\\)`,
    String.raw`\\[^()[\]]`,
    String.raw`(?<![\p{L}\p{N}$])\$(?<single>(?![\s$])(?:\\.|[^$\\\n])*?(?<![\s\\]))\$(?![\p{N}$])`,
  ].join('|'),
  'gmu',
);

type Found = Partial<
  Record<'fence' | 'span' | 'bracket' | 'dollars' | 'environment' | 'inline' | 'single', string>
>;

/**
 * Rewrites formulas into Markdown that every parser takes for code, so that nothing inside of a formula is read as
 * Markdown: `\( \)`, `\[ \]`, `$$ $$`, environments such as `\begin{align}`, and `$ $` where it does not stand around
 * money.
 */
export function mathToCode(text: string): string {
  if (!text.includes('\\') && !text.includes('$')) return text;
  return text.replace(pattern, (whole: string, ...rest: unknown[]) => {
    const found = foundIn(rest);
    if (found.fence !== undefined || found.span !== undefined) return whole;
    const at = Number(rest.at(-3));
    const display = found.bracket ?? found.dollars ?? found.environment;
    if (display !== undefined) {
      const indent = standsAlone(text, at, whole.length);
      return indent === null ? span$(display, isInRow(text, at)) : block(display, indent);
    }
    if (found.inline !== undefined) return span$(found.inline, isInRow(text, at));
    if (found.single !== undefined && isFormula(found.single, text[at + whole.length]))
      return span$(found.single, isInRow(text, at));
    return whole;
  });
}

/** The groups of a match, which `replace` gives last. */
function foundIn(rest: readonly unknown[]): Found {
  const groups = rest.at(-1);
  return typeof groups === 'object' && groups !== null ? groups : {};
}

/**
 * Whether what stands between two dollars is a formula. Money is not: `$5 and 10$`, `$A–$B`. Words without any sign of
 * mathematics are not either.
 */
function isFormula(source: string, next = ''): boolean {
  if (/[\\^_{}]/.test(source)) return true;
  if (/^\p{L}'*$/u.test(source)) return true;
  // Neither `$HOME/$USER` nor a list of prices goes on with a letter or a figure.
  if (/\p{L}/u.test(next)) return false;
  const isMoney = /^\d[\d.,]*(?:\s|[-–—/]|[kKmMbB]\b|$)/.test(source) && !/[=<>+*|≤≥≠≈]/.test(source);
  if (isMoney) return /^\d+$/.test(source) && source.length <= 3;
  const hasProse = /\p{L}{2,}[\s,;]+\p{L}{2,}/u.test(source);
  return !hasProse;
}

/** What a display formula is indented by, if nothing else stands on its lines; null otherwise. */
const standsAlone = (text: string, at: number, length: number): string | null => {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  const end = text.indexOf('\n', at + length);
  const after = text.slice(at + length, end === -1 ? undefined : end);
  return before.trim() === '' && after.trim() === '' ? before : null;
};

/** Whether a place is in a row of a table, where a bar would end the cell. */
const isInRow = (text: string, at: number): boolean =>
  text
    .slice(text.lastIndexOf('\n', at - 1) + 1, at)
    .trimStart()
    .startsWith('|');

const block = (source: string, indent: string): string => {
  const fence = '`'.repeat(Math.max(3, longestTicks(source) + 1));
  const lines = source.trim().split('\n');
  return `\n${[`${fence}math`, ...lines, fence].map((line) => indent + line).join('\n')}\n`;
};

const span$ = (source: string, isCell: boolean): string => {
  const ticks = '`'.repeat(longestTicks(source) + 1);
  const line = source.replaceAll('\n', ' ').trim();
  return `${ticks}${mathMark}${isCell ? line.replaceAll(/(?<!\\)\|/g, '\\|') : line}${ticks}`;
};

const longestTicks = (source: string): number =>
  Math.max(0, ...Array.from(source.matchAll(/`+/g), ([ticks]) => ticks.length));

const environmentStart = new RegExp(String.raw`\\begin\{((?:${environments})\*?)\}`, 'g');

/** Beginnings of formulas with their ends; what goes over an empty line is none. */
const pairs = [
  ['\\[', '\\]'],
  ['\\(', '\\)'],
  ['$$', '$$'],
] as const;

/** The text without a formula at its end that is not closed yet; its raw marks would flash. */
export function withoutOpenMath(text: string): string {
  // Within a fence everything is code.
  const fences = text.match(/^[ \t]*(?:`{3,}|~{3,})/gm)?.length ?? 0;
  if (fences % 2 === 1) return text;
  const tail = text.slice(Math.max(0, text.length - 2000));
  const command = /\\[a-z]*\{?[a-z]*\*?$/i.exec(tail)?.index ?? tail.length;
  const cut = Math.min(...openings(tail), command);
  return text.slice(0, text.length - tail.length + cut);
}

/** Where formulas begin that have not ended. */
function openings(tail: string): number[] {
  const found: number[] = [];
  for (const [open, close] of pairs) {
    const at = tail.lastIndexOf(open);
    if (at === -1 || tail.slice(at).includes('\n\n')) continue;
    // Two dollars both open and close: an odd number of them leaves one open.
    const isOpen = open === close ? tail.split(open).length % 2 === 0 : !tail.includes(close, at);
    if (isOpen) found.push(at);
  }
  for (const { 1: name = '', index } of tail.matchAll(environmentStart)) {
    const isOpen = !tail.includes(`\\end{${name}}`, index);
    if (isOpen && !tail.slice(index).includes('\n\n')) found.push(index);
  }
  // What is whole in the last line is code now; after it, one dollar may open the next formula.
  const line = mathToCode(tail.slice(tail.lastIndexOf('\n') + 1));
  const rest = line.slice(line.lastIndexOf('`') + 1);
  const single = /(?<![\p{L}\p{N}$\\])\$(?:(?![\s$])([^$\n]*))?$/u.exec(rest);
  if (single !== null && (line.split('`').length - 1) % 2 === 0) {
    const [whole, source = ''] = single;
    // As long as it may become a formula. Money shows by its figure that it is none.
    if (/^(?:\p{L}?'*\s*$|[^\d\s]*\s?[\\^_{=(<>+*/-]|\d+[\\^_{])/u.test(source) || /[\\^_{]/.test(source)) {
      found.push(tail.length - whole.length);
    }
  }
  return found;
}

/** Whether there is a formula in a text. */
export const hasMath = (text: string): boolean => {
  const made = mathToCode(text);
  return made !== text && (made.includes(mathMark) || /^[ \t]*`{3,}math$/m.test(made));
};
