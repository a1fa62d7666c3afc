import { deferred } from '@amanda/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { richAnswer } from '../answers.ts';
import { frames, gap, longChat } from '../reading.ts';
import { answers, around, box, ended, inPieces, questions, type Stage, say } from '../stage.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const bottom = async (page: Page) => {
  const place = await box(page).boundingBox();
  return (place?.y ?? Number.NaN) + (place?.height ?? Number.NaN);
};

export function devicesSuite(stage: () => Stage): void {
  describe('devices', () => {
    it('moves nothing for readers who want less motion', async () => {
      const rest = deferred();
      stage().answers('be calm', around('', rest.promise, 'Calm.'));
      const page = await stage().open({ user: await stage().newUser(), reducedMotion: 'reduce' });
      await say(page, 'be calm');
      await page.locator('[data-writing]').first().waitFor();
      await frames(page, 3);
      const moving = () =>
        page.evaluate(() =>
          document
            .getAnimations()
            .filter(({ playState }) => playState === 'running')
            .map(({ effect }) => [
              effect instanceof KeyframeEffect ? effect.target?.outerHTML.slice(0, 150) : '',
              JSON.stringify(effect?.getTiming()),
            ]),
        );
      await expect.poll(moving).toEqual([]);
      rest.resolve();
      await ended(page);
      await frames(page, 3);
      await expect.poll(moving).toEqual([]);
    });

    it('shows its marks and bubbles in forced colours', async () => {
      const rest = deferred();
      stage().answers('in two colours', around('', rest.promise, 'Seen.'));
      const page = await stage().open({ user: await stage().newUser(), forcedColors: 'active' });
      await say(page, 'in two colours');
      const mark = page.locator('[data-writing] span').first();
      await mark.waitFor();
      const style = (of: typeof mark, name: string) =>
        of.evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name);
      const canvas = await style(page.locator('body'), 'background-color');
      expect(await style(mark, 'background-color')).not.toMatch(/rgba\(0, 0, 0, 0\)|rgb\(255, 255, 255\)/);
      expect(await style(mark, 'background-color')).not.toBe(canvas);
      rest.resolve();
      await ended(page);
      const bubble = questions(page).locator('.bg-bubble');
      expect(await style(bubble, 'outline-style')).toBe('solid');
      await page.goto(`${stage().server.url}/settings`);
      const chosen = page.locator('label', { has: page.locator('input:checked') }).first();
      await chosen.waitFor();
      expect(await style(chosen, 'outline-style')).toBe('solid');
    });

    it('can be used at 200 % zoom', async () => {
      stage().answers('twice as large', inPieces(richAnswer, 60));
      const page = await stage().open({
        user: await stage().newUser(),
        viewport: { width: 640, height: 400 },
        deviceScaleFactor: 2,
      });
      await say(page, 'twice as large');
      await ended(page);
      await answers(page).last().locator('.katex-display').waitFor();
      await frames(page, 4);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      ).toBeLessThanOrEqual(0);
      expect(await bottom(page)).toBeLessThanOrEqual(400);
      const view = await page.locator('[data-scroller]').boundingBox();
      // Half of the page at least is for reading.
      expect(view?.height).toBeGreaterThan(200);
      await page.keyboard.press('Control+k');
      const dialog = await page.getByRole('dialog').boundingBox();
      expect((dialog?.y ?? -1) >= 0 && (dialog?.y ?? 0) + (dialog?.height ?? 401) <= 400).toBe(true);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Open the list of chats' }).click();
      await page.getByRole('navigation').getByRole('link', { name: 'New chat' }).waitFor();
    });

    it('keeps the box above the keyboard of a phone, at the end of the chat, and takes no focus by itself', async () => {
      const { path, user } = await longChat(stage(), 12);
      const page = await stage().open({ user, path, ...phone });
      await answers(page).last().waitFor();
      await frames(page, 4);
      expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
      const meta = await page.locator('meta[name=viewport]').getAttribute('content');
      expect(meta).toContain('interactive-widget=resizes-content');
      expect(meta).toContain('viewport-fit=cover');
      expect(meta).not.toMatch(/user-scalable|maximum-scale/);
      // Safari zooms into fields with smaller letters.
      expect(await box(page).evaluate((area) => getComputedStyle(area).fontSize)).toBe('16px');

      // Where the keyboard makes the page smaller.
      await page.setViewportSize({ width: 390, height: 500 });
      await frames(page, 4);
      expect(await bottom(page)).toBeLessThanOrEqual(500);
      expect(await gap(page)).toBeLessThanOrEqual(2);
      // Where it lies over the page: only the visual viewport tells.
      await page.setViewportSize(phone.viewport);
      await page.evaluate(() => {
        Object.defineProperty(visualViewport, 'height', { get: () => 480 });
        visualViewport?.dispatchEvent(new Event('resize'));
      });
      await frames(page, 4);
      expect(await bottom(page)).toBeLessThanOrEqual(480);
      expect(await gap(page)).toBeLessThanOrEqual(2);
    });

    it('breaks the line by Enter on a phone, and sends by the button', async () => {
      const page = await stage().open({ user: await stage().newUser(), ...phone });
      await box(page).fill('one');
      await box(page).press('Enter');
      await box(page).pressSequentially('two');
      expect(await box(page).inputValue()).toBe('one\ntwo');
      expect(await questions(page).count()).toBe(0);
      await page.getByRole('button', { name: 'Send message' }).tap();
      expect(await ended(page)).toContain('You said: one');
    });
  });
}
