import { endOfFence, nestFences } from './fences.ts';
import { mathToCode, withoutOpenMath } from './math.ts';

/** Rewrites a growing text into Markdown that every parser reads as models mean it. */
export interface Rewriter {
  rewrite(text: string, isGrowing: boolean): string;
}

/** What is longer than this at the end of a growing text, in characters, is looked at for a part that is settled. */
const longestTail = 4_000;

/** Makes the rewriter of one text. What is settled is not looked at again. */
export function createRewriter(): Rewriter {
  let settled = '';
  let rewritten = '';
  return {
    rewrite(text, isGrowing) {
      if (!text.startsWith(settled)) {
        settled = '';
        rewritten = '';
      }
      const tail = nestFences(text.slice(settled.length), isGrowing);
      if (!isGrowing) return rewritten + mathToCode(tail);
      const whole = rewritten + mathToCode(withoutOpenMath(tail));
      if (text.length - settled.length > longestTail) {
        const part = settledPart(text.slice(settled.length));
        rewritten += mathToCode(nestFences(part, false));
        settled += part;
      }
      return whole;
    },
  };
}

/** As much of a text as nothing that follows can change: up to an empty line that is in no fence and no formula. */
function settledPart(text: string): string {
  const lines = text.split('\n');
  let settled = 0;
  for (let at = 0; at < lines.length - 1; at += 1) {
    const end = endOfFence(lines, at);
    if (end === -1) break;
    at = end ?? at;
    if (lines[at]?.trim() === '') settled = at + 1;
  }
  const part = lines.slice(0, settled).join('\n');
  if (part === '') return '';
  // A formula that has begun and not ended would be found by its mark.
  return /\\\[|\$\$/.test(
    mathToCode(nestFences(part, false)).replaceAll(/^[ \t]*(`{3,}|~{3,})[\s\S]*?^[ \t]*\1/gm, ''),
  )
    ? ''
    : `${part}\n`;
}
