import { gzipSync } from 'node:zlib';
import { failure } from '@amanda/ai-client/scripted';
import { startTestServer } from '@amanda/testing';
import { AxeBuilder } from '@axe-core/playwright';
import { Status } from 'nice-grpc';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { richAnswer } from '../answers.ts';
import {
  answers,
  box,
  ended,
  inPieces,
  type OpenOptions,
  pageRoot,
  questions,
  type Stage,
  say,
} from '../stage.ts';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function violations(page: Page): Promise<string[]> {
  // Colours are judged when nothing is fading any more.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getTiming().iterations === 1)
        .map(({ finished }) => finished),
    ),
  );
  const { violations: found } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** The most that a first visit may load, in bytes after gzip. */
const budget = { signIn: 180_000, chat: 330_000 };

export function accessSuite(stage: () => Stage): void {
  describe('everybody', () => {
    it.each(['light', 'dark'] as const)(
      'finds no fault with axe in any main state, %s',
      async (colorScheme) => {
        stage().answers('for axe', inPieces(richAnswer, 60));
        const stranger = await stage().open({ colorScheme });
        await stranger.getByRole('heading', { name: 'Welcome back' }).waitFor();
        expect(await violations(stranger)).toEqual([]);
        const page = await stage().open({ user: await stage().newUser(), colorScheme });
        await page.getByRole('heading', { name: 'What is on your mind?' }).waitFor();
        expect(await violations(page)).toEqual([]);
        await say(page, 'for axe');
        await ended(page);
        await answers(page).locator('.hljs-keyword').first().waitFor();
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox').fill('downhill');
        await page.getByRole('option').first().waitFor();
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.goto(`${stage().server.url}/settings`);
        await page.getByText('This device').waitFor();
        expect(await violations(page)).toEqual([]);
      },
    );

    it.each(['light', 'dark'] as const)(
      'finds no fault with axe in its notes and marks, %s',
      async (colorScheme) => {
        await using small = await startTestServer({
          runs: { maxQuestionLength: 100 },
          config: { webRoot: pageRoot },
          script: async function* ({ message }) {
            yield 'As far as ';
            if (message === 'break off') throw failure(Status.UNAVAILABLE);
            yield { done: true, finishReason: 'length' };
          },
        });
        const page = await stage().open({
          user: await small.signUp(),
          origin: small.url,
          colorScheme,
          expected: /404/,
        });
        await say(page, 'break off');
        await answers(page).getByText('What it wrote is kept.').waitFor();
        await say(page, 'stop in the middle');
        await page.getByRole('button', { name: 'Continue' }).waitFor();
        await box(page).fill('x'.repeat(101));
        await page.getByText('Too long by 1').waitFor();
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox').fill('break off');
        await page.getByRole('option').last().click();
        await page.locator('[data-found]').waitFor();
        expect(await violations(page)).toEqual([]);
        for (const address of ['/chats/none', '/nowhere']) {
          await page.goto(small.url + address);
          await page.getByRole('heading', { name: /does not exist|no such page/ }).waitFor();
          expect(await violations(page)).toEqual([]);
        }
      },
    );

    it.each([
      { name: 'phone', width: 390, height: 844 },
      { name: '320 px', width: 320, height: 568 },
    ])('works on a $name wide page without sideways scrolling', async ({ height, width }) => {
      stage().answers('narrow', inPieces(richAnswer, 60));
      const page = await stage().open({
        user: await stage().newUser(),
        viewport: { width, height },
        hasTouch: true,
        isMobile: true,
      });
      await box(page).fill('narrow');
      await page.getByRole('button', { name: 'Send message' }).tap();
      await ended(page);
      await answers(page).last().locator('.katex-display').waitFor();
      await answers(page).last().locator('td').first().waitFor();
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(await overflow()).toBeLessThanOrEqual(0);
      const sideways = await page
        .locator('[data-scroller]')
        .evaluate((box) => box.scrollWidth - box.clientWidth);
      expect(sideways).toBe(0);
      await page.getByRole('button', { name: 'Open the list of chats' }).tap();
      await page.getByRole('navigation').getByRole('link', { name: 'New chat' }).tap();
      await page.getByRole('heading', { name: 'What is on your mind?' }).waitFor();
      await page.getByRole('navigation').waitFor({ state: 'detached' });
      await page.goto(`${stage().server.url}/settings`);
      await page.getByText('This device').waitFor();
      expect(await overflow()).toBeLessThanOrEqual(0);
      expect(await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0);
    });

    it('can be used by keyboard alone', async () => {
      const page = await stage().open();
      await page.getByLabel('E-mail').waitFor();
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      const focused = () =>
        page.evaluate(
          () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
        );
      const tabTo = async (name: RegExp) => {
        for (let i = 0; i < 40; i += 1) {
          if (name.test((await focused()) ?? '')) return;
          await press('Tab');
        }
        expect.fail(`no way to ${name} by Tab`);
      };
      await tabTo(/^Create account$/);
      await press('Enter');
      await page.getByLabel('Name').waitFor();
      await page.keyboard.type('keys@example.org');
      await press('Tab', 'Tab');
      await page.keyboard.type('seven blue lanterns');
      await press('Enter');
      await box(page).waitFor();
      expect(await focused()).toBe('Message');
      await page.keyboard.type('by hand');
      await press('Enter');
      expect(await ended(page)).toContain('You said: by hand');
      await press('ArrowUp');
      await page.getByRole('textbox', { name: 'Edit your message' }).waitFor();
      await press('Escape');
      await tabTo(/^Edit$/);
      await press('Enter');
      await page.keyboard.type(' and foot');
      await press('Control+Enter');
      await answers(page).getByText('You said: by hand and foot').waitFor();
      await page.getByRole('button', { name: 'Regenerate' }).waitFor();
      await box(page).focus();
      await press('Control+Shift+O');
      await page.getByRole('heading', { name: /What is on your mind/ }).waitFor();
      await press('Control+/');
      await page.getByRole('dialog').getByText('Search chats').waitFor();
      await press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await questions(page).count()).toBe(0);
    });

    it('loads little', async () => {
      const measure = async (path: string, options: OpenOptions = {}) => {
        const page = await stage().open({ ...options, path: '/favicon.svg', expected: /404/ });
        const files = new Set<string>();
        page.on('request', (request) => {
          if (/\.(js|css)$/.test(new URL(request.url()).pathname)) files.add(request.url());
        });
        await page.goto(stage().server.url + path, { waitUntil: 'networkidle' });
        const bodies = await Promise.all([...files].map(async (url) => (await fetch(url)).arrayBuffer()));
        return bodies.reduce((sum, body) => sum + gzipSync(new Uint8Array(body)).byteLength, 0);
      };
      expect(await measure('/sign-in')).toBeLessThan(budget.signIn);
      expect(await measure('/', { user: await stage().newUser() })).toBeLessThan(budget.chat);
    });
  });
}
