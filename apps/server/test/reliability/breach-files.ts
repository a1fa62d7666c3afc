import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { answerTo } from './story.ts';
import type { Turn } from './talker.ts';

/** Where the texts of breaches are kept, a file for each answer. Nobody removes them: they are there to be read. */
export interface BreachFiles {
  /** The folder; null as long as there was no breach. */
  readonly folder: string | null;
  /** Keeps what every answer with a breach showed and what was said. @param when of which round it is known */
  keep(turns: readonly Turn[], when: string): Promise<void>;
}

/** Makes the keeper of one run. The folder is made with the first breach. */
export function createBreachFiles(): BreachFiles {
  const kept = new Map<number, number>();
  let folder: string | null = null;
  return {
    get folder() {
      return folder;
    },
    async keep(turns, when) {
      for (const { chatId, ending, messageId, over, question, screen } of turns) {
        if (screen.breaches.length === 0 || kept.get(messageId) === screen.breaches.length) continue;
        kept.set(messageId, screen.breaches.length);
        folder ??= await mkdtemp(path.join(tmpdir(), 'amanda-breaches-'));
        const said = answerTo(question);
        const all = { when, over, chatId, messageId, question, breaches: screen.breaches, ending };
        const texts = { said, shown: screen.text, stored: ending?.stored ?? null };
        await writeFile(
          path.join(folder, `message-${messageId}.json`),
          JSON.stringify({ ...all, ...texts }, null, 2),
        );
      }
    },
  };
}
