import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AiRequest } from '@amanda/ai-client';
import { type AiScript, pause, type ScriptedPiece } from '@amanda/ai-client/scripted';
import { startTestServer, type TestServer, type TestUser } from '@amanda/testing';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { launchBrowser } from './chromium.ts';

/** The built page. */
export const pageRoot = path.join(import.meta.dirname, '../dist');

/** What the AI says to a question. */
export type Answer = (request: AiRequest, signal: AbortSignal) => AsyncIterable<string>;
/** The same, down to how it ends. */
type WholeAnswer = (request: AiRequest, signal: AbortSignal) => AsyncIterable<ScriptedPiece>;

/** A server with the built page, one browser, and an AI that says what a test wants. */
export interface Stage {
  readonly server: TestServer;
  /** Has the AI answer questions that contain these words so. The last who asks for the same words wins. */
  answers(words: string, answer: Answer): void;
  /** The same, with everything that the AI can say beside its text. The answer says itself that it is done. */
  answersWith(words: string, answer: WholeAnswer): void;
  newUser(): Promise<TestUser>;
  /** A page of a user who is logged in; of a stranger when there is none. Fails the test on any fault of the page. */
  open(options?: OpenOptions): Promise<Page>;
}

/** How a page is opened. */
export interface OpenOptions extends BrowserContextOptions {
  user?: TestUser;
  /** Where the page comes from; the stage's own server when absent. */
  origin?: string;
  path?: string;
  /** Faults that are expected, such as failed requests while the link is cut. */
  expected?: RegExp;
}

/** Raises the stage. Its maker takes it down. */
export async function raiseStage(): Promise<Stage & AsyncDisposable> {
  if (!existsSync(path.join(pageRoot, 'index.html'))) {
    throw new Error('The page is not built. Run: node scripts/tasks.mjs build');
  }
  const said = new Map<string, WholeAnswer>();
  const script: AiScript = async function* (request, { signal }) {
    const answer = [...said].findLast(([words]) => request.message.includes(words))?.[1];
    if (answer === undefined) yield `You said: ${request.message}`;
    else yield* answer(request, signal);
    if (answer === undefined) yield { done: true };
  };
  await using parts = new AsyncDisposableStack();
  const server = parts.use(await startTestServer({ script, config: { webRoot: pageRoot } }));
  const browser = await launchBrowser();
  parts.defer(() => browser.close());
  const all = parts.move();
  let users = 0;
  return {
    server,
    answers(words, answer) {
      said.set(words, async function* (request, signal) {
        yield* answer(request, signal);
        yield { done: true };
      });
    },
    answersWith: (words, answer) => said.set(words, answer),
    newUser: () => server.signUp(`reader-${(users += 1)}@example.org`),
    async open({ expected, origin = server.url, path: to = '/', user, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const faults: string[] = [];
      const fault = (what: string) => {
        if (expected?.test(what) !== true) faults.push(what);
      };
      await context.exposeBinding('reportFault', (_source, what: string) => fault(what));
      await context.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => {
          const report = Reflect.get(globalThis, 'reportFault');
          report(`policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      context.on('request', (request) => {
        const { protocol, origin: asked } = new URL(request.url());
        if (protocol.startsWith('http') && asked !== origin) fault(`foreign request: ${request.url()}`);
      });
      context.on('weberror', (error) => fault(`page error: ${error.error().message}`));
      context.on('console', (line) => {
        if (line.type() === 'error') fault(`console: ${line.text()}`);
      });
      onTestFinished(async () => {
        await context.close();
        expect(faults).toEqual([]);
      });
      if (user !== undefined) {
        const [name = '', ...value] = user.cookie.split('=');
        await context.addCookies([{ name, value: value.join('='), url: origin }]);
      }
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(origin + to);
      return page;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Says these pieces, each in a group of its own. */
export function inPieces(text: string, size = 12): Answer {
  return async function* () {
    for (const piece of text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? []) {
      yield piece;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
}

/** Says one text, waits for a gate, and says the other. */
export function around(before: string, gate: Promise<void>, after: string): Answer {
  return async function* (_request, signal) {
    yield before;
    await pause(gate, signal);
    yield after;
  };
}

/** The box in which one writes. */
export const box = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

/** Writes a message and sends it. */
export async function say(page: Page, words: string): Promise<void> {
  await box(page).fill(words);
  await box(page).press('Enter');
}

/** The answers in the thread. */
export const answers = (page: Page) => page.getByRole('article', { name: 'Amanda said' });
/** The questions in the thread. */
export const questions = (page: Page) => page.getByRole('article', { name: 'You said' });

/** Waits for the newest answer to end, and gives its text. */
export async function ended(page: Page): Promise<string> {
  const last = answers(page).last();
  await last.and(page.locator('[data-status]:not([data-status=streaming])')).waitFor();
  return last.innerText();
}
