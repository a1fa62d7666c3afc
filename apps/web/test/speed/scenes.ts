import type { TestServer, TestUser } from '@amanda/testing';
import type { Page } from 'playwright-core';
import { richAnswer } from '../answers.ts';
import { longChat } from '../reading.ts';

interface Scene {
  readonly name: string;
  prepare(server: TestServer): Promise<{ user: TestUser | null; path: string }>;
  readonly isDone: (page: Page) => Promise<unknown>;
}

/** Answers with formulas, code and a table each. */
const longAnswers = Array.from({ length: 20 }, () => richAnswer);

/** The pages that are opened. */
export const scenes: readonly Scene[] = [
  {
    name: 'sign-in',
    prepare: async () => ({ user: null, path: '/' }),
    // The script has led here from `/`.
    isDone: (page) => page.waitForURL('**/sign-in'),
  },
  {
    name: 'empty chat',
    prepare: async (server) => ({ user: await server.signUp('empty@example.org'), path: '/' }),
    isDone: (page) => page.locator('#root').getByRole('textbox', { name: 'Message' }).waitFor(),
  },
  {
    name: 'long chat',
    async prepare(server) {
      const user = await server.signUp('long@example.org');
      const { path } = await longChat({ server, newUser: async () => user }, longAnswers.length, {
        user,
        answers: longAnswers,
      });
      return { user, path };
    },
    isDone: (page) => page.locator('.katex-display').last().waitFor(),
  },
];
