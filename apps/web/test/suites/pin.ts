import { deferred } from '@amanda/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { richAnswer } from '../answers.ts';
import { frames, gap, longChat, still, topRow } from '../reading.ts';
import { answers, box, type Stage, say } from '../stage.ts';

const scrollBy = (page: Page, by: number) =>
  page.locator('[data-scroller]').evaluate((scroller, pixels) => {
    scroller.scrollTop += pixels;
  }, by);

/** Ways by which a reader says: let me read here. */
const ways: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'a wheel of 3 px': async (page) => {
    await page.locator('[data-scroller]').hover();
    await page.mouse.wheel(0, -3);
  },
  'the key PageUp': async (page) => {
    await page.getByRole('log').focus();
    await page.keyboard.press('PageUp');
  },
  'the key ArrowUp': async (page) => {
    await page.getByRole('log').focus();
    await page.keyboard.press('ArrowUp');
  },
  'a finger': async (page) => {
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', y?: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: y === undefined ? [] : [{ x: 600, y }],
      });
    await touch('touchStart', 300);
    for (const y of [310, 330, 360, 400]) await touch('touchMove', y);
    await touch('touchEnd');
  },
  // As the scrollbar and the browser's own search do.
  'a scroll of 3 px by the browser': (page) => scrollBy(page, -3),
};

export function pinSuite(stage: () => Stage): void {
  describe('holding and letting go', () => {
    it('lets go by wheel, key, finger and scroll, in the middle of a burst of text', async () => {
      let step = deferred();
      let count = 0;
      const rest = deferred();
      stage().answers('burst', async function* () {
        yield 'A paragraph that was there before.\n\n'.repeat(40);
        for (const _ of Object.keys(ways)) {
          await step.promise;
          step = deferred();
          count += 1;
          yield `${'Grown by a line.\n\n'.repeat(8)}Step ${count}.\n\n`;
        }
        await rest.promise;
      });
      const page = await stage().open({ user: await stage().newUser(), hasTouch: true });
      await box(page).fill('burst');
      await page.getByRole('button', { name: 'Send message' }).tap();
      await answers(page).getByText('A paragraph').nth(39).waitFor();
      for (const [index, [name, letGo]] of Object.entries(ways).entries()) {
        await scrollBy(page, 10_000);
        await frames(page);
        expect([name, await gap(page)]).toEqual([name, expect.closeTo(0, -0.7)]);
        await letGo(page);
        await expect.poll(() => gap(page), { message: name }).toBeGreaterThanOrEqual(2.5);
        await still(page);
        const before = await topRow(page);
        step.resolve();
        await answers(page)
          .getByText(`Step ${index + 1}.`)
          .waitFor();
        await frames(page);
        expect([name, await topRow(page)]).toEqual([name, before]);
      }
      rest.resolve();
    });

    it('offers the way back beyond 200 px, takes it away within 60, and follows again there', async () => {
      const { path, user } = await longChat(stage(), 20);
      const page = await stage().open({ user, path });
      await answers(page).last().waitFor();
      await frames(page);
      const way = page.getByRole('button', { name: 'Jump to the latest message' });
      const at = async (distance: number) => {
        await scrollBy(page, (await gap(page)) - distance);
        await frames(page, 4);
        return way.count();
      };
      expect(await at(190)).toBe(0);
      expect(await at(210)).toBe(1);
      expect(await at(70)).toBe(1);
      await box(page).fill('one\ntwo');
      await frames(page, 4);
      expect(await gap(page)).toBeGreaterThan(60);
      expect(await at(50)).toBe(0);
      await box(page).fill('one\ntwo\nthree');
      await frames(page, 4);
      expect(await gap(page)).toBeLessThanOrEqual(2);
    });

    it('says at the way back that new text comes', async () => {
      const rest = deferred();
      stage().answers('far below', async function* () {
        yield 'A line.\n\n'.repeat(80);
        await rest.promise;
      });
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'far below');
      await answers(page).getByText('A line.').nth(79).waitFor();
      await scrollBy(page, -900);
      const way = page.getByRole('button', { name: 'Jump to the latest message' });
      await page.getByRole('button', { name: 'New text below' }).waitFor();
      expect(await way.innerText()).toBe('New text below');
      rest.resolve();
      await expect.poll(() => way.innerText()).toBe('');
    });

    it.each(['at the end', 'in the middle'] as const)(
      'keeps its place %s when formulas and code come out late',
      async (where) => {
        const late = deferred();
        const last = `${richAnswer}\n\n${'\\[ \\sum_{i=1}^{n} \\frac{\\frac{a}{b}}{\\frac{c}{d}} \\]\n\n'.repeat(6)}${'A line to read.\n\n'.repeat(60)}The last line.`;
        const { path, user } = await longChat(stage(), 4, { last });
        const page = await stage().open({ user, path: '/settings' });
        await page.route(/typeset|highlight/, async (route) => {
          await late.promise;
          await route.continue();
        });
        await page.goto(stage().server.url + path);
        const line = answers(page).last().locator('p').filter({ hasText: 'A line to read.' }).nth(20);
        await line.waitFor();
        await frames(page);
        if (where === 'in the middle') {
          await line.evaluate((element) => element.scrollIntoView({ block: 'center', behavior: 'instant' }));
          await frames(page, 4);
        }
        const before = (await line.boundingBox())?.y ?? 0;
        const height = () => page.getByRole('log').evaluate((log) => log.getBoundingClientRect().height);
        const plain = await height();
        late.resolve();
        await answers(page).last().locator('.katex-display').nth(6).waitFor();
        await answers(page).last().locator('.hljs-keyword').first().waitFor();
        await page.evaluate(() => document.fonts.ready);
        await frames(page, 4);
        expect(await height()).toBeGreaterThan(plain + 100);
        const moved = ((await line.boundingBox())?.y ?? Number.NaN) - before;
        expect(where === 'at the end' ? await gap(page) : Math.abs(moved)).toBeLessThanOrEqual(2);
      },
    );

    it('does not move when an answer ends', async () => {
      const rest = deferred();
      stage().answers('end softly', async function* () {
        yield `${'A line.\n\n'.repeat(60)}The very last.`;
        await rest.promise;
      });
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'end softly');
      const last = answers(page).getByText('The very last.', { exact: true });
      await last.waitFor();
      await frames(page);
      const before = await last.boundingBox();
      rest.resolve();
      await page.getByRole('button', { name: 'Regenerate' }).waitFor();
      await frames(page);
      expect(await last.boundingBox()).toEqual(before);
    });
  });
}
