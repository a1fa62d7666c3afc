import { lexer } from 'marked';
import remend from 'remend';
import { withoutOpenTag } from './html.ts';
import { createRewriter } from './rewriter.ts';

/** Cuts a growing text into blocks; blocks that are finished are not looked at again. */
export interface BlockCutter {
  cut(text: string, isGrowing: boolean): readonly string[];
}

/** A definition counts for the whole text, so a text with one is not cut once it has ended. */
const definition = /^ {0,3}\[[^\]\n]+\]:/m;

/** Makes the cutter of one text. */
export function createBlockCutter(): BlockCutter {
  const rewriter = createRewriter();
  let source = '';
  let stable: string[] = [];
  let stableLength = 0;

  return {
    cut(text, isGrowing) {
      const whole = rewriter.rewrite(text, isGrowing);
      if (!isGrowing && definition.test(whole)) return [whole];
      if (!whole.startsWith(source.slice(0, stableLength))) {
        stable = [];
        stableLength = 0;
      }
      source = whole;
      const blocks = lexer(whole.slice(stableLength), { gfm: true }).map(({ raw }) => raw);
      const all = [...stable, ...blocks];
      // The last two may still change: a list goes on after an empty line, a paragraph becomes a heading.
      for (const raw of blocks.slice(0, -2)) {
        stable.push(raw);
        stableLength += raw.length;
      }
      const shown = joinSpace(all);
      if (!isGrowing) return shown;
      const last = shown.pop();
      return last === undefined ? shown : [...shown, closeTail(last)];
    },
  };
}

/** Empty lines are tokens of their own; they belong to the block before them. */
function joinSpace(raws: readonly string[]): string[] {
  const blocks: string[] = [];
  for (const raw of raws) {
    const last = blocks.length - 1;
    if (raw.trim() === '' && last >= 0) blocks[last] += raw;
    else blocks.push(raw);
  }
  return blocks;
}

const fenceStart = /^[ \t]*(?:`{3,}|~{3,})/;

/** A mark at the end that may open something, of which nothing has come yet. */
const openMark = /(?<=^|[\s|([>])(?:\*{1,3}|_{1,3}|~{1,2}|`{1,2})$/;

/** Closes what the last block has left open, so that no raw mark is ever shown. */
export function closeTail(block: string): string {
  if (fenceStart.test(block)) return block;
  return remend(closeTable(withoutOpenTag(block.replace(openMark, ''))), {
    linkMode: 'text-only',
    katex: false,
  });
}

const delimiterRow = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** A table shows its head as soon as that is a line, and nothing before. */
function closeTable(block: string): string {
  const lines = block.split('\n');
  const head = lines.findIndex((line) => line.trimStart().startsWith('|'));
  if (head === -1) return block;
  const rest = lines.slice(head + 1);
  if (rest.length === 0) return lines.slice(0, head).join('\n');
  const [second = ''] = rest;
  const cells = (line: string) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|').length;
  const columns = cells(lines[head] ?? '');
  const isWhole = delimiterRow.test(second) && cells(second) === columns && rest.length > 1;
  if (isWhole) {
    // A row that has only begun waits for its first cell.
    const last = lines.at(-1) ?? '';
    return rest.length > 1 && /^\s*\|?\s*$/.test(last) ? lines.slice(0, -1).join('\n') : block;
  }
  if (!/^[\s|:-]*$/.test(second)) return block;
  return [...lines.slice(0, head + 1), `|${' --- |'.repeat(columns)}`].join('\n');
}
