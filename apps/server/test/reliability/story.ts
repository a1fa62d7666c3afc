import { setTimeout as after } from 'node:timers/promises';

import type { AiScript } from '@amanda/ai-client/scripted';

/** An answer that can be told from its question: what was shown can be compared with what the model said. */
export interface Story {
  /** Different for each question; a digit of it stands in every piece. */
  readonly key: string;
  readonly pieces: number;
  /** Milliseconds between two pieces; 0 gives them as fast as they are taken. */
  readonly paceMs: number;
  /** The length of a piece beyond its number, in UTF-16 code units. Default 8. */
  readonly pieceLength?: number;
}

/** The question that asks for a story. */
export function questionOf({ key, pieces, paceMs, pieceLength = 8 }: Story): string {
  return `${key} ${pieces} ${paceMs} ${pieceLength}`;
}

function* piecesOf(question: string): Generator<{ text: string; paceMs: number }> {
  const [key = '', pieces, paceMs, pieceLength] = question.split(' ');
  // Half of every piece are pairs of surrogates, so that cuts fall inside them too.
  const filling = 'ü🙂é🚀'.repeat(Math.ceil(Number(pieceLength) / 6)).slice(0, Number(pieceLength));
  for (let index = 0; index < Number(pieces); index += 1) {
    yield { text: `${key.slice(-6)}#${index} ${filling.toWellFormed()}\n`, paceMs: Number(paceMs) };
  }
}

/** The whole answer to a question. */
export function answerTo(question: string): string {
  return Array.from(piecesOf(question), ({ text }) => text).join('');
}

/** An AI backend that tells the story that it is asked for, and goes on with it from where it was cut off. */
export const storyteller: AiScript = async function* ({ continueFrom, message }, { signal }) {
  let told = continueFrom?.length ?? 0;
  if (continueFrom !== undefined) yield { text: '', continues: true };
  for (const { text, paceMs } of piecesOf(message)) {
    const rest = text.slice(told);
    told = Math.max(0, told - text.length);
    if (rest === '') continue;
    if (paceMs > 0) await after(paceMs, undefined, { signal });
    yield rest;
  }
  yield { done: true };
};

/** A storyteller, and the questions whose answers it is writing now. */
export function storytellerAtWork(): {
  readonly script: AiScript;
  readonly writing: ReadonlyMap<string, number>;
} {
  const writing = new Map<string, number>();
  const add = (question: string, by: number) => {
    const count = (writing.get(question) ?? 0) + by;
    if (count > 0) writing.set(question, count);
    else writing.delete(question);
  };
  return {
    writing,
    async *script(request, context) {
      add(request.message, 1);
      try {
        yield* storyteller(request, context);
      } finally {
        add(request.message, -1);
      }
    },
  };
}
