import { setTimeout as sleep } from 'node:timers/promises';
import type { AiPiece, AiRequest } from '@amanda/ai-client';
import type { Provider } from '../provider.ts';
import { respond } from './respond.ts';

/** How the offline provider speaks. */
export interface OfflineOptions {
  /** The pause after a word, in milliseconds, three times as long at the end of a phrase. Default 30; 0: none. */
  wordPauseMs?: number;
}

const notice =
  'By the way, no language model is configured here, so I can only reflect what you say: whoever runs this server ' +
  'can set OPENAI_BASE_URL and OPENAI_MODEL (with OPENAI_API_KEY where one is needed), or ANTHROPIC_API_KEY and ' +
  'ANTHROPIC_MODEL, to change that.';

/** A closing line for an interrupted answer that this responder did not write itself, and so cannot go on with. */
const closing = 'But please, go on.';

function answerTo({ message, history, displayName }: AiRequest): string {
  const said = history.filter(({ role }) => role === 'user').map(({ text }) => text);
  const answer = respond([...said, message], displayName?.trim() || undefined);
  return history.length === 0 ? `${answer}\n\n${notice}` : answer;
}

function rest(answer: string, written: string): string {
  if (answer.startsWith(written)) return answer.slice(written.length);
  return /\s$/u.test(written) ? closing : ` ${closing}`;
}

/** Words with the space before them; what has no spaces comes in runs of at most 24 characters. */
function words(text: string): string[] {
  return text.match(/\s*\S{1,24}|\s+$/gu) ?? [];
}

/**
 * The provider that needs nothing: it reflects what the user says in the manner of Weizenbaum's ELIZA, word by word,
 * and tells in its first reply of a chat how to configure a model. The same request gets the same answer, so it can
 * also continue one.
 */
export function offlineProvider({ wordPauseMs = 30 }: OfflineOptions = {}): Provider {
  return {
    name: 'offline',
    async *stream(request, signal) {
      const { continueFrom } = request;
      const answer = answerTo(request);
      const text = continueFrom === undefined ? answer : rest(answer, continueFrom);
      let first: Partial<AiPiece> = {
        model: 'amanda-offline',
        ...(continueFrom !== undefined && { continues: true }),
      };
      for (const word of words(text)) {
        signal.throwIfAborted();
        yield { text: word, done: false, ...first };
        first = {};
        const pauseMs = /[.,:;!?]$/u.test(word) ? 3 * wordPauseMs : wordPauseMs;
        if (pauseMs > 0) await sleep(pauseMs, undefined, { signal });
      }
      yield { text: '', done: true, finishReason: 'stop', ...first };
    },
  };
}
