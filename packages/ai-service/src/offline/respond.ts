import { keywords } from './keywords.ts';
import { answerInOtherLanguage } from './languages.ts';
import { reflect } from './reflection.ts';
import { type Decomposition, fallbacks, type Keyword, numbers, silences } from './script.ts';

interface Match {
  keyword: Keyword;
  decomposition: Decomposition;
  groups: RegExpExecArray;
}

/** A fragment longer than this is not worth repeating to the person who said it. In UTF-16 code units. */
const longestReflection = 120;

function bestMatch(message: string): Match | undefined {
  let best: Match | undefined;
  for (const clause of message.split(/[.!?;\n]+/u)) {
    for (const keyword of keywords) {
      if (best && keyword.rank <= best.keyword.rank) continue;
      if (!keyword.word.test(clause)) continue;
      for (const decomposition of keyword.decompositions) {
        const groups = decomposition.pattern.exec(clause);
        if (!groups || (groups[1]?.length ?? 0) > longestReflection) continue;
        best = { keyword, decomposition, groups };
        break;
      }
    }
  }
  return best;
}

function assemble(
  template: string,
  groups: readonly (string | undefined)[],
  name: string | undefined,
): string {
  const text = template
    .replace('{name}', () => (name ? `, ${name}` : ''))
    .replace(/\{(\d)\}/gu, (_, index: string) => reflect(groups[Number(index)] ?? 'that'));
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * The responder's answer to the last of `messages`, all of them one person's in order. It plays the whole conversation
 * again each time: that is its memory, and it keeps none of its own. Same messages, same answer.
 */
export function respond(messages: readonly string[], name?: string): string {
  const turns = new Map<readonly string[], number>();
  const memories: string[] = [];
  let answer = '';

  const inTurn = (replies: readonly string[]): string => {
    const turn = turns.get(replies) ?? 0;
    turns.set(replies, turn + 1);
    return replies[turn % replies.length] ?? '';
  };

  function answerTo(message: string): string {
    const text = message.replaceAll('’', "'");
    if (!/[\p{L}\p{N}]/u.test(text)) return assemble(inTurn(silences), [], name);
    const foreign = answerInOtherLanguage(text);
    if (foreign) return foreign;
    if (!/\p{L}/u.test(text)) return assemble(inTurn(numbers), [], name);
    const match = bestMatch(text);
    if (!match) return memories.shift() ?? assemble(inTurn(fallbacks), [], name);
    const { decomposition, groups } = match;
    if (decomposition.memories) memories.push(assemble(inTurn(decomposition.memories), groups, name));
    return assemble(inTurn(decomposition.replies), groups, name);
  }

  for (const message of messages) answer = answerTo(message);
  return answer;
}
