import { deferred } from '@amanda/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { frames, gap, longChat, topRow } from '../reading.ts';
import { answers, around, box, ended, questions, type Stage, say } from '../stage.ts';

const hide = (page: Page, hidden: boolean) =>
  page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

/** Puts a recorder in the place of the browser's notifications. */
const recordNotices = (page: Page, answer: NotificationPermission) =>
  page.addInitScript((given) => {
    const asked: string[] = [];
    const shown: { title: string; body: string | undefined; click(): void }[] = [];
    class Recorder extends EventTarget {
      static permission: NotificationPermission =
        sessionStorage.getItem('given') === null ? 'default' : given;
      static async requestPermission(): Promise<NotificationPermission> {
        asked.push('asked');
        sessionStorage.setItem('given', given);
        Recorder.permission = given;
        return given;
      }
      constructor(title: string, { body }: NotificationOptions = {}) {
        super();
        shown.push({ title, body, click: () => this.dispatchEvent(new Event('click')) });
      }
      close() {}
    }
    Object.assign(globalThis, { Notification: Recorder, notices: { asked, shown } });
  }, answer);

const noticesOf = (page: Page): Promise<{ asked: string[]; shown: { title: string; body: string }[] }> =>
  page.evaluate(() => {
    const { asked, shown } = Reflect.get(globalThis, 'notices');
    return {
      asked,
      shown: shown.map(({ body, title }: { body: string; title: string }) => ({ body, title })),
    };
  });

export function attentionSuite(stage: () => Stage): void {
  describe('what is looked at', () => {
    it('scrolled the running answer away, and showed a white page, when a message was queued behind it', async () => {
      const rest = deferred();
      stage().answers('write at length', async function* () {
        yield `${'A line that was written.\n\n'.repeat(40)}The newest line.`;
        await rest.promise;
      });
      const { path, user } = await longChat(stage(), 6);
      const page = await stage().open({ user, path });
      await answers(page).last().waitFor();
      await say(page, 'write at length');
      const newest = answers(page).getByText('The newest line.');
      await newest.waitFor();
      await frames(page);
      await say(page, 'one more thing');
      const queued = questions(page).last();
      await queued.getByText('Will be sent after this answer').waitFor();
      await frames(page, 4);
      const [view, line, row] = await Promise.all([
        page.locator('[data-scroller]').boundingBox(),
        newest.boundingBox(),
        queued.boundingBox(),
      ]);
      expect(line?.y).toBeGreaterThan(view?.y ?? Number.NaN);
      expect((row?.y ?? Number.NaN) - (line?.y ?? 0)).toBeLessThan(150);
      expect(await gap(page)).toBeLessThanOrEqual(2);

      // Whoever reads further up goes on reading there.
      await page.locator('[data-scroller]').hover();
      await page.mouse.wheel(0, -600);
      await frames(page, 4);
      const before = await topRow(page);
      await say(page, 'and another');
      await questions(page).getByText('and another').waitFor();
      await frames(page, 4);
      expect(await topRow(page)).toEqual(before);
      rest.resolve();
      await answers(page).getByText('You said: and another').waitFor();
      await frames(page, 4);
      expect(await topRow(page)).toEqual(before);
    });

    it('shows a queued message and its answer below the one before, without a white page, when its turn has come', async () => {
      const rest = deferred();
      stage().answers('short and slow', around('Only this.', rest.promise, ''));
      const { path, user } = await longChat(stage(), 6);
      const page = await stage().open({ user, path });
      await answers(page).last().waitFor();
      await say(page, 'short and slow');
      await answers(page).getByText('Only this.').waitFor();
      const question = questions(page).getByText('short and slow');
      await frames(page, 4);
      const before = await question.boundingBox();
      await say(page, 'next please');
      await page.getByText('Will be sent after this answer').waitFor();
      await frames(page, 4);
      expect(await question.boundingBox()).toEqual(before);
      rest.resolve();
      await answers(page).getByText('You said: next please').waitFor();
      await frames(page, 4);
      const view = await page.locator('[data-scroller]').boundingBox();
      expect((await question.boundingBox())?.y).toBeGreaterThanOrEqual(view?.y ?? Number.NaN);
      expect(await gap(page)).toBeLessThanOrEqual(2);
    });

    it('broke the line at Enter in the edit box, where the box for messages sends', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'first version');
      await ended(page);
      await box(page).press('ArrowUp');
      const edit = page.getByRole('textbox', { name: 'Edit your message' });
      await edit.waitFor();
      await edit.evaluate((area) => {
        for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
          for (const key of ['Enter', 'Escape'])
            area.dispatchEvent(
              new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }),
            );
        }
      });
      await edit.fill('second');
      await edit.press('Shift+Enter');
      await edit.pressSequentially('version');
      expect(await edit.inputValue()).toBe('second\nversion');
      await edit.press('Enter');
      await answers(page).getByText('You said: second version').waitFor();
      expect(await edit.count()).toBe(0);
      expect(await questions(page).count()).toBe(1);
    });

    it('showed no focus in the conversation', async () => {
      const { path, user } = await longChat(stage(), 12);
      const page = await stage().open({ user, path });
      await answers(page).last().waitFor();
      const ring = () =>
        page.locator('[data-scroller]').evaluate((scroller) => {
          const { outlineStyle, outlineWidth } = getComputedStyle(scroller);
          return `${outlineStyle} ${outlineWidth}`;
        });
      expect(await ring()).toMatch(/^none/);
      await page.getByRole('link', { name: 'Skip to the conversation' }).focus();
      await page.keyboard.press('Enter');
      expect(await page.getByRole('log').evaluate((log) => log === document.activeElement)).toBe(true);
      expect(await ring()).toBe('solid 2px');
      await box(page).focus();
      expect(await ring()).toMatch(/^none/);
    });

    it('did not say which message a search had found', async () => {
      const user = await stage().newUser();
      const { core } = stage().server;
      const page = await stage().open({ user });
      await say(page, 'the 雪月花 poem');
      await ended(page);
      const chatId = Number(new URL(page.url()).pathname.split('/').at(-1));
      for (const turn of ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']) {
        await say(page, `${turn} more, with enough words to take some room on the page`);
        await answers(page).getByText(`You said: ${turn} more`).waitFor();
        await expect.poll(async () => (await core.chats.get(user.id, chatId)).activeMessageId).toBeNull();
      }
      const find = async (words: string, hit: string) => {
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox').fill(words);
        await page.getByRole('option').filter({ hasText: hit }).last().waitFor();
        await expect.poll(() => page.locator('[role=option] mark').last().innerText()).toBe(words);
        await page.getByRole('option').filter({ hasText: hit }).last().click();
      };
      // In the chat that is open already, by the middle of a word.
      await find('月花', 'the 雪月花 poem');
      const found = page.locator('[data-found]');
      await found.getByText('the 雪月花 poem').waitFor();
      expect(await found.count()).toBe(1);
      const inView = async () => {
        const [view, row] = await Promise.all([
          page.locator('[data-scroller]').boundingBox(),
          found.boundingBox(),
        ]);
        return row !== null && view !== null && row.y >= view.y && row.y < view.y + view.height;
      };
      await expect.poll(inView).toBe(true);
      // The same hit once more, after the reader has gone elsewhere.
      await page.getByRole('button', { name: 'Jump to the latest message' }).click();
      await expect.poll(() => gap(page)).toBeLessThanOrEqual(2);
      await find('月花', 'the 雪月花 poem');
      await expect.poll(inView).toBe(true);
      await say(page, 'enough');
      await found.waitFor({ state: 'detached' });
    });

    it('tells of an answer that is done in a hidden tab by a notification, if that is wanted and nobody has read it', async () => {
      const gates = { read: deferred(), unread: deferred(), seen: deferred() };
      for (const [name, gate] of Object.entries(gates))
        stage().answers(`an answer ${name}`, around('so ', gate.promise, 'far'));
      const user = await stage().newUser();
      const page = await stage().open({ user, path: '/favicon.svg', expected: /404/ });
      await recordNotices(page, 'granted');
      await page.goto(`${stage().server.url}/settings`);
      await page.getByText('Mark the tab').waitFor();
      expect((await noticesOf(page)).asked).toEqual([]);
      await page.getByText('Notify me too').click();
      await expect.poll(async () => (await noticesOf(page)).asked).toEqual(['asked']);
      const other = await stage().open({ user });
      const ask = async (on: Page, name: string) => {
        await on.getByRole('link', { name: 'New chat' }).first().click();
        await say(on, `an answer ${name}`);
        await answers(on).getByText('so').waitFor();
      };
      await page.goto(stage().server.url);
      expect((await noticesOf(page)).asked).toEqual([]);
      await ask(page, 'seen');
      gates.seen.resolve();
      expect(await ended(page)).toContain('so far');
      await ask(page, 'unread');
      const { pathname } = new URL(page.url());
      await page.getByRole('link', { name: 'New chat' }).first().click();
      await ask(other, 'read');
      await hide(page, true);
      gates.read.resolve();
      expect(await ended(other)).toContain('so far');
      await expect.poll(() => page.title()).toMatch(/^• /);
      gates.unread.resolve();
      const only = [{ title: 'an answer unread', body: 'The answer is there.' }];
      await expect.poll(async () => (await noticesOf(page)).shown).toEqual(only);
      await page.evaluate(() => Reflect.get(globalThis, 'notices').shown[0].click());
      await page.waitForURL((url) => url.pathname === pathname);
      expect((await noticesOf(page)).shown).toEqual(only);
    });

    it('says that the browser blocks notifications, and stays with the mark in the title', async () => {
      const page = await stage().open({
        user: await stage().newUser(),
        path: '/favicon.svg',
        expected: /404/,
      });
      await recordNotices(page, 'denied');
      await page.goto(`${stage().server.url}/settings`);
      await page.getByText('Notify me too').click();
      await page.getByText('This browser blocks notifications of this page.').waitFor();
      expect(await page.getByRole('radio', { name: 'Mark the tab' }).isChecked()).toBe(true);
      expect(await page.evaluate(() => localStorage.getItem('amanda.notices'))).not.toBe('notification');
      await page.reload();
      await page.getByText('This browser blocks notifications of this page.').waitFor();
    });
  });
}
