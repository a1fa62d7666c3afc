import { startTestServer } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { answers, box, ended, pageRoot, questions, type Stage, say } from '../stage.ts';

export function placesSuite(stage: () => Stage): void {
  describe('where one is', () => {
    it('had no name, no selection and no title for a chat beyond the loaded part of the list', async () => {
      const user = await stage().newUser();
      const { core } = stage().server;
      const far = await core.chats.create(user.id);
      await core.chats.rename(user.id, far.id, 'Far down the list');
      for (let each = 0; each < 60; each += 1) await core.chats.create(user.id);
      await stage().server.db.prisma.chat.update({
        where: { id: far.id },
        data: { lastMessageAt: new Date('2020-01-01T00:00:00Z') },
      });
      const page = await stage().open({ user, path: `/chats/${far.id}` });
      const list = page.getByRole('navigation');
      const chosen = list.locator('a[aria-current=page]');
      await chosen.getByText('Far down the list').waitFor();
      await page.getByRole('heading', { name: 'Far down the list' }).waitFor();
      await expect.poll(() => page.title()).toBe('Far down the list · Amanda');
      await page.getByRole('button', { name: 'More for “Far down the list”' }).click();
      await page.getByRole('menuitem', { name: 'Rename' }).click();
      await page.getByRole('textbox', { name: 'Title' }).fill('Known after all');
      await page.getByRole('button', { name: 'Save' }).click();
      await chosen.getByText('Known after all').waitFor();
      await page.getByRole('heading', { name: 'Known after all' }).waitFor();
      // With a message it comes to the top of the list, where it stands once.
      await say(page, 'wake up');
      await ended(page);
      await list.getByText('Open now').waitFor({ state: 'detached' });
      expect(await list.getByText('Known after all').count()).toBe(1);
      expect(await chosen.innerText()).toContain('Known after all');
    });

    it.each(['/nowhere', '/chats/5/more', '/settings/more'])(
      'said that Amanda cannot be reached at an address that leads nowhere: %s',
      async (path) => {
        const page = await stage().open({ user: await stage().newUser(), path, expected: /404/ });
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
        expect(await page.title()).toContain('There is no such page');
        expect(await page.getByText('cannot be reached').count()).toBe(0);
        await page.getByRole('link', { name: 'To your chats' }).click();
        await page.getByRole('heading', { name: /What is on your mind/ }).waitFor();
      },
    );

    it.each(['abc', '0', '-1', '1.5', '99999999999999999999'])(
      'said that the messages could not be loaded of a chat that cannot exist: %s',
      async (id) => {
        const page = await stage().open({ user: await stage().newUser(), path: `/chats/${id}` });
        await page.getByRole('heading', { name: 'This chat does not exist' }).waitFor();
        expect(await page.title()).toContain('This chat does not exist');
        expect(await box(page).count()).toBe(0);
      },
    );

    it.each([
      ['revoked', 'This device was signed out from another one.'],
      ['password_changed', 'Your password was changed. Please sign in again.'],
      ['expired', 'You were away for long. Please sign in again.'],
      ['account_disabled', 'This account is disabled.'],
    ] as const)('did not say why somebody was signed out from elsewhere: %s', async (reason, words) => {
      const user = await stage().newUser();
      const page = await stage().open({ user, expected: /status of 401/ });
      await box(page).waitFor();
      // Only a page that watches hears why.
      await say(page, 'hello');
      await ended(page);
      await stage().server.core.sessions.endAll(user.id, {}, reason);
      await page.getByLabel('Password', { exact: true }).waitFor();
      expect(await page.getByRole('status').first().innerText()).toBe(words);
    });

    it('lost what was too long, left an empty chat behind, and said only that it was not valid', async () => {
      await using small = await startTestServer({
        runs: { maxQuestionLength: 100 },
        config: { webRoot: pageRoot },
      });
      const user = await small.signUp();
      const page = await stage().open({ user, origin: small.url });
      await page.getByRole('heading', { name: /What is on your mind/ }).waitFor();
      const send = page.getByRole('button', { name: 'Send message' });
      await box(page).fill('x'.repeat(89));
      expect(await page.getByText('characters').count()).toBe(0);
      await box(page).fill(`${'💥'.repeat(95)} `);
      await page.getByText('95 of 100 characters').waitFor();
      expect(await send.isEnabled()).toBe(true);
      const long = '💥'.repeat(103);
      await box(page).fill(long);
      await page.getByText('Too long by 3: a message has at most 100 characters.').waitFor();
      expect(await send.isEnabled()).toBe(false);
      await box(page).press('Enter');
      expect(await box(page).inputValue()).toBe(long);
      expect(await box(page).getAttribute('aria-invalid')).toBe('true');
      expect(await questions(page).count()).toBe(0);
      await box(page).fill('short enough');
      await page.getByText('characters').waitFor({ state: 'detached' });
      await box(page).press('Enter');
      await ended(page);
      expect(await small.db.prisma.chat.count({ where: { userId: user.id } })).toBe(1);

      await questions(page).last().hover();
      await page.getByRole('button', { name: 'Edit' }).click();
      const edit = page.getByRole('textbox', { name: 'Edit your message' });
      await edit.fill('y'.repeat(101));
      await page.getByText('Too long by 1').waitFor();
      await edit.press('Enter');
      expect(await edit.inputValue()).toHaveLength(101);
      expect(await page.getByRole('button', { name: 'Send', exact: true }).isEnabled()).toBe(false);
      expect(await answers(page).count()).toBe(1);
    });
  });
}
