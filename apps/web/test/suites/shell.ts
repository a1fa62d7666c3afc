import { deferred } from '@amanda/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { frames } from '../reading.ts';
import { box, type OpenOptions, type Stage } from '../stage.ts';

const password = 'correct horse battery';

/** A page whose scripts come when the test says so. */
async function withoutScripts(stage: Stage, options: OpenOptions = {}) {
  const late = deferred();
  onTestFinished(() => late.resolve());
  const page = await stage.open({ ...options, path: '/favicon.svg', expected: /404|401/ });
  await page.route(/\/assets\/.*\.js/, async (route) => {
    await late.promise;
    await route.continue().catch(() => {});
  });
  const open = (to: string) => page.goto(stage.server.url + to, { waitUntil: 'commit' });
  return { page, open, late };
}

/** Where what a reader looks at stands. */
const boxes = (page: Page, texts: readonly string[]) =>
  Promise.all(texts.map((text) => page.getByText(text).filter({ visible: true }).first().boundingBox()));

const field = (page: Page, name: string) => page.locator(`input[name=${name}]`);

export function shellSuite(stage: () => Stage): void {
  describe('the shell of the page', () => {
    it('is the sign-in form before any script has come, and what was written into it and sent goes on', async () => {
      const { email } = await stage().server.signUp('early@example.org');
      const { late, open, page } = await withoutScripts(stage());
      await open('/');
      await page.locator('#shell').getByRole('heading', { name: 'Welcome back' }).waitFor();
      await field(page, 'email').fill(email);
      await field(page, 'password').fill(password);
      await field(page, 'password').press('Enter');
      await page.locator('#shell form[data-sent]').waitFor();
      expect(page.url()).toBe(`${stage().server.url}/`);
      late.resolve();
      await box(page).fill('I am in');
      expect(page.url()).toBe(`${stage().server.url}/`);
      expect(await page.locator('#shell').count()).toBe(0);
    });

    it('hands over values, focus and caret', async () => {
      const { late, open, page } = await withoutScripts(stage());
      await open('/sign-up');
      await field(page, 'email').fill('half@exam');
      await field(page, 'displayName').fill('Ada Byron');
      await field(page, 'displayName').evaluate((own: HTMLInputElement) => own.setSelectionRange(1, 4));
      late.resolve();
      await page.locator('#root form').waitFor();
      expect(await page.locator('#shell').count()).toBe(0);
      expect(await field(page, 'email').inputValue()).toBe('half@exam');
      const caret = await page.evaluate(() => {
        const own = document.activeElement;
        return own instanceof HTMLInputElement
          ? [own.name, own.value, own.selectionStart, own.selectionEnd]
          : [];
      });
      expect(caret).toEqual(['displayName', 'Ada Byron', 1, 4]);
    });

    it.each([1280, 390])(
      'is the chat for who brings a session, %i px wide, and nothing of it moves when the page is there',
      async (width) => {
        const user = await stage().newUser();
        const { late, open, page } = await withoutScripts(stage(), { user });
        await page.setViewportSize({ width, height: 844 });
        await open('/');
        const seen = [
          'Ask anything. Answers',
          'Explain something',
          'Answers can be wrong.',
          ...(width > 896 ? ['Search'] : []),
        ];
        await page.getByText('Ask anything. Answers').waitFor();
        expect(await page.getByText('Welcome back').count()).toBe(0);
        expect(await page.locator('#shell [inert]').count()).toBe(1);
        // Its letters first: they come by a link, not by a script.
        await page.evaluate(() => document.fonts.ready);
        await frames(page);
        const before = await boxes(page, seen);
        const area = await page.locator('#shell form').boundingBox();
        late.resolve();
        await box(page).fill('x');
        await box(page).fill('');
        expect(await page.locator('#shell').count()).toBe(0);
        expect(await boxes(page, seen)).toEqual(before);
        expect(await page.locator('#thread form').boundingBox()).toEqual(area);
      },
    );

    it('gives way to the sign-in page when the session that was brought has ended', async () => {
      const user = await stage().newUser();
      await stage().server.db.prisma.session.deleteMany({ where: { userId: user.id } });
      const page = await stage().open({ user, path: '/chats/1', expected: /401/ });
      await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
      expect(await page.locator('#shell').count()).toBe(0);
    });

    it('loads nothing of the chat for a stranger', async () => {
      const page = await stage().open({ path: '/' });
      await page.waitForURL('**/sign-in');
      await page.waitForLoadState('networkidle');
      const loaded = await page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1)),
      );
      expect(loaded.join(' ')).toMatch(/index-/);
      expect(loaded.join(' ')).not.toMatch(/chat-routes|inside|workspace|markdown/);
    });
  });
}
