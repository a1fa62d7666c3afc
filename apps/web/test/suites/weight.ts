import { deferred, type TestUser } from '@amanda/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { richAnswer } from '../answers.ts';
import { frames, longChat } from '../reading.ts';
import { answers, box, type Stage } from '../stage.ts';

/** A page that has loaded nothing of ours yet. */
const coldPage = (stage: Stage, user?: TestUser) =>
  stage.open({ path: '/favicon.svg', expected: /404/, ...(user && { user }) });

/** Counts what the network carries for a page from now on, headers included. */
async function weigh(page: Page) {
  const session = await page.context().newCDPSession(page);
  const carried = { bytes: 0, requests: 0 };
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    carried.bytes += encodedDataLength;
    carried.requests += 1;
  });
  await session.send('Network.enable');
  return carried;
}

/** Adds up how far the page moves what is on the screen, from its start on (https://web.dev/articles/cls). */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Reflect.set(globalThis, 'shifts', shifts);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push(Number(Reflect.get(entry, 'value')));
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return async () => {
    await frames(page, 4);
    const shifts: number[] = await page.evaluate(() => Reflect.get(globalThis, 'shifts'));
    return shifts.reduce((sum, shift) => sum + shift, 0);
  };
}

export function weightSuite(stage: () => Stage): void {
  describe('weight', () => {
    it('carries 240 kB for the sign-in page, its font included', async () => {
      const page = await coldPage(stage());
      const carried = await weigh(page);
      const moved = await watchShifts(page);
      await page.goto(stage().server.url);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      await page.evaluate(() => document.fonts.ready);
      await page.waitForLoadState('networkidle');
      expect(carried.bytes).toBeGreaterThan(100_000);
      expect(carried.bytes).toBeLessThan(240_000);
      expect(carried.requests).toBeLessThan(25);
      expect(await moved()).toBeLessThan(0.1);
    });

    it('carries 325 kB for an empty chat, with what is loaded ahead', async () => {
      const page = await coldPage(stage(), await stage().newUser());
      const carried = await weigh(page);
      const moved = await watchShifts(page);
      const ahead = page.waitForResponse(/assets\/settings-page/);
      await page.goto(stage().server.url);
      await box(page).waitFor();
      await page.evaluate(() => document.fonts.ready);
      await (await ahead).finished();
      await page.waitForLoadState('networkidle');
      expect(carried.bytes).toBeGreaterThan(150_000);
      expect(carried.bytes).toBeLessThan(325_000);
      expect(carried.requests).toBeLessThan(45);
      expect(await moved()).toBeLessThan(0.1);
    });

    it.each([1280, 390])('moves nothing when a long chat is opened cold, %i px wide', async (width) => {
      const { path, user } = await longChat(stage(), 20, { last: `${richAnswer}\n\n${richAnswer}` });
      const page = await coldPage(stage(), user);
      await page.setViewportSize({ width, height: 844 });
      const moved = await watchShifts(page);
      await page.goto(stage().server.url + path);
      await answers(page).last().locator('.katex-display').nth(1).waitFor();
      await answers(page).last().locator('.hljs-keyword').first().waitFor();
      await page.evaluate(() => document.fonts.ready);
      expect(await moved()).toBeLessThan(0.1);
    });

    it('shows no raw Markdown while a chat is opened: it waits for what shows it', async () => {
      const late = deferred();
      const { path, user } = await longChat(stage(), 3, { last: 'Some **bold** words.' });
      const page = await coldPage(stage(), user);
      await page.route(/assets\/markdown-.*\.js/, async (route) => {
        await late.promise;
        await route.continue();
      });
      const asked = page.waitForRequest(/assets\/markdown-.*\.js/);
      const listed = page.waitForResponse(/message\.list/);
      await page.goto(stage().server.url + path);
      await (await listed).finished();
      await asked;
      await page.getByRole('log').locator('.animate-shimmer').waitFor();
      await frames(page, 4);
      expect(await page.getByText('Some **bold** words.').count()).toBe(0);
      late.resolve();
      await answers(page).last().locator('strong').getByText('bold').waitFor();
    });

    it('shows the text as it is when what shows Markdown cannot be had', async () => {
      const { path, user } = await longChat(stage(), 3, { last: 'Some **bold** words.' });
      const page = await stage().open({
        user,
        path: '/favicon.svg',
        expected: /404|ERR_FAILED|Failed to load/,
      });
      await page.route(/assets\/markdown-.*\.js/, (route) => route.abort());
      await page.goto(stage().server.url + path);
      const plain = answers(page).last().getByText('Some **bold** words.');
      await plain.waitFor();
      expect(await plain.count()).toBe(1);
    });
  });
}
