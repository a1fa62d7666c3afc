import { deferred } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { frames, gap, longChat, topRow } from '../reading.ts';
import { answers, box, ended, type Stage, say } from '../stage.ts';

export function scrollSuite(stage: () => Stage): void {
  describe('scrolling', () => {
    it('opens at the end, follows growth without a gap, lets go at once, and holds the line being read', async () => {
      const pace = Array.from({ length: 40 }, () => deferred());
      stage().answers('grow and grow', async function* () {
        for (const [index, step] of pace.entries()) {
          yield `Paragraph ${index} with enough words to fill more than one line of the page, so that it grows.\n\n`;
          await step.promise;
        }
      });
      const { path, user } = await longChat(stage(), 12);
      const page = await stage().open({ user, path });
      await answers(page).last().waitFor();
      expect(await gap(page)).toBeLessThanOrEqual(2);

      await say(page, 'grow and grow');
      for (const [index, step] of pace.slice(0, 20).entries()) {
        await answers(page).getByText(`Paragraph ${index} `).waitFor();
        await frames(page, 2);
        expect(await gap(page)).toBeLessThanOrEqual(2);
        step.resolve();
      }
      await answers(page).getByText('Paragraph 20 ').waitFor();

      await page.locator('[data-scroller]').hover();
      await page.mouse.wheel(0, -300);
      await frames(page);
      const before = await topRow(page);
      expect(await gap(page)).toBeGreaterThan(200);
      for (const step of pace.slice(20)) step.resolve();
      await ended(page);
      await frames(page);
      expect(await topRow(page)).toEqual(before);
      await page.getByRole('button', { name: 'Jump to the latest message' }).click();
      await page.getByRole('button', { name: 'Jump to the latest message' }).waitFor({ state: 'detached' });
      expect(await gap(page)).toBeLessThanOrEqual(2);
      expect(await box(page).evaluate((area) => area === document.activeElement)).toBe(true);
    });

    it('puts a sent question near the top', async () => {
      const rest = deferred();
      stage().answers('near the top', async function* () {
        yield 'short';
        await rest.promise;
      });
      const { path, user } = await longChat(stage(), 6);
      const page = await stage().open({ user, path });
      await answers(page).last().waitFor();
      await say(page, 'near the top');
      await answers(page).getByText('short').waitFor();
      await frames(page);
      const top = await page.getByRole('article', { name: 'You said' }).last().boundingBox();
      const scroller = await page.locator('[data-scroller]').boundingBox();
      expect((top?.y ?? 0) - (scroller?.y ?? 0)).toBeLessThan(120);
      rest.resolve();
      await ended(page);
      await frames(page);
      const after = await page.getByRole('article', { name: 'You said' }).last().boundingBox();
      expect(after?.y).toBe(top?.y);
    });

    it('follows again when the end is reached by hand, and comes back to where each chat was left', async () => {
      const { path, user } = await longChat(stage(), 20);
      const page = await stage().open({ user, path });
      await answers(page).last().waitFor();
      const scroller = page.locator('[data-scroller]');
      await scroller.hover();
      await page.mouse.wheel(0, -1_500);
      await frames(page, 4);
      const left = await topRow(page);
      await page.getByRole('link', { name: 'New chat' }).first().click();
      await page.getByRole('heading', { name: /What is on your mind/ }).waitFor();
      await page.goBack();
      await answers(page).last().waitFor();
      await frames(page, 4);
      expect(await topRow(page)).toEqual(left);
      await scroller.hover();
      await page.mouse.wheel(0, 1_400);
      await page.mouse.wheel(0, 80);
      await frames(page, 4);
      await box(page).fill('one\ntwo\nthree\nfour');
      await frames(page, 4);
      expect(await gap(page)).toBeLessThanOrEqual(2);
    });

    it('leads from a search to a message far up', async () => {
      const { path, user } = await longChat(stage(), 300);
      const chatId = Number(path.split('/').at(-1));
      const { id } = await stage().server.db.prisma.message.findFirstOrThrow({
        where: { chatId, content: 'question 20' },
      });
      const page = await stage().open({ user, path: `${path}?message=${id}` });
      const found = page.getByRole('article', { name: 'You said' }).getByText('question 20', { exact: true });
      await found.waitFor();
      await expect.poll(async () => (await found.boundingBox())?.y ?? 0).toBeGreaterThan(100);
      expect((await found.boundingBox())?.y).toBeLessThan(700);
      expect(await page.locator('[data-row]').count()).toBeLessThan(300);
    });

    it('stays at the question when the reader wants that', async () => {
      const rest = deferred();
      stage().answers('stay here', async function* () {
        yield 'begin\n\n';
        await rest.promise;
        yield 'A paragraph that takes a line.\n\n'.repeat(60);
      });
      const { path, user } = await longChat(stage(), 4);
      const page = await stage().open({ user, path: '/settings' });
      await page.getByText('Stay at the question').click();
      await page.goto(stage().server.url + path);
      await answers(page).last().waitFor();
      await say(page, 'stay here');
      await answers(page).getByText('begin').waitFor();
      await frames(page);
      const before = await page.getByRole('article', { name: 'You said' }).last().boundingBox();
      rest.resolve();
      await ended(page);
      await frames(page, 4);
      expect((await page.getByRole('article', { name: 'You said' }).last().boundingBox())?.y).toBe(before?.y);
    });

    it('holds 1,000 messages: opens at the end, pages upward without a jump, few rows, typing that leaves them alone', async ({
      annotate,
    }) => {
      const { path, user } = await longChat(stage(), 500);
      const page = await stage().open({ user, path });
      await answers(page).getByText('question 500').waitFor();
      expect(await gap(page)).toBeLessThanOrEqual(2);
      const scroller = page.locator('[data-scroller]');
      await scroller.hover();
      const moves: { row: boolean; by: boolean }[] = [];
      for (let round = 0; round < 14; round += 1) {
        await page.mouse.wheel(0, -2_500);
        await frames(page, 4);
        const before = await topRow(page);
        await page.waitForLoadState('networkidle');
        await frames(page, 3);
        const after = await topRow(page);
        moves.push({ row: after.row === before.row, by: Math.abs(after.top - before.top) <= 2 });
      }
      expect(moves).toEqual(moves.map(() => ({ row: true, by: true })));
      expect(await page.locator('[data-row]').count()).toBeLessThan(300);
      const typing = await box(page).evaluate(async (area) => {
        if (!(area instanceof HTMLTextAreaElement)) throw new TypeError('no box');
        let changes = 0;
        const thread = document.querySelector('[data-scroller]');
        const watch = new MutationObserver((records) => (changes += records.length));
        if (thread !== null)
          watch.observe(thread, { attributes: true, childList: true, subtree: true, characterData: true });
        const property = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value');
        let worst: number[] = [];
        for (let i = 1; i <= 20; i += 1) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
          const from = performance.now();
          property?.set?.call(area, 'x'.repeat(i));
          area.dispatchEvent(new Event('input', { bubbles: true }));
          void area.offsetHeight;
          worst = [...worst, performance.now() - from];
        }
        return { changes, isWatched: thread !== null, quarter: worst.toSorted((a, b) => a - b)[15] };
      });
      expect(typing).toMatchObject({ changes: 0, isWatched: true });
      await annotate(`three strokes of four take less than ${typing.quarter} ms`);
      await page.getByRole('button', { name: 'Jump to the latest message' }).click();
      await answers(page).getByText('question 500').waitFor();
      await frames(page, 4);
      expect(await gap(page)).toBeLessThanOrEqual(2);
    });
  });
}
