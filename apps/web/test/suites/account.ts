import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { signUp, spawnServer } from '@amanda/testing';
import { describe, expect, it, vi } from 'vitest';
import { box, ended, type Stage, say } from '../stage.ts';

/** A server of its own goes before the pages do. */
const gone = /401|WebSocket connection|net::ERR/;

/** The newest link of a kind in the folder where mails go while there is no mail server. */
async function mailedLink(server: { url: string; dataDir: string }, kind: string): Promise<string> {
  const outbox = path.join(server.dataDir, 'outbox');
  return vi.waitFor(
    async () => {
      for (const name of (await readdir(outbox)).toSorted().toReversed()) {
        const raw = (await readFile(path.join(outbox, name), 'utf8'))
          .replaceAll(/=\r?\n/g, '')
          .replaceAll('=3D', '=');
        const link = new RegExp(`/${kind}[#?]token=[\\w%.~-]+`).exec(raw)?.[0];
        if (link !== undefined) return server.url + link;
      }
      throw new Error(`no mail with a link to ${kind}`);
    },
    { timeout: 120_000, interval: 50 },
  );
}

export function accountSuite(stage: () => Stage): void {
  describe('accounts', () => {
    it('leads from the first page to the first answer, out, and in again to where one was', async () => {
      const page = await stage().open({ expected: /401/ });
      await page.getByRole('link', { name: 'Create account' }).click();
      await page.getByLabel('E-mail').fill('new@example.org');
      await page.getByLabel('Name').fill('Nora');
      await page.getByLabel('Password', { exact: true }).fill('seven blue lanterns');
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByRole('heading', { name: 'What is on your mind, Nora?' }).waitFor();
      await say(page, 'Good morning');
      expect(await ended(page)).toContain('You said: Good morning');
      const { pathname } = new URL(page.url());
      expect(pathname).toMatch(/^\/chats\/\d+$/);

      await page.getByRole('button', { name: 'Account: Nora' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByText('You have signed out.').waitFor();
      await page.goto(new URL(pathname, page.url()).href);
      await page.getByLabel('E-mail').fill('new@example.org');
      await page.getByLabel('Password', { exact: true }).fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').getByText('Invalid email or password').waitFor();
      await page.getByLabel('Password', { exact: true }).fill('seven blue lanterns');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('article').getByText('You said: Good morning').waitFor();
      expect(new URL(page.url()).pathname).toBe(pathname);
    });

    it('shows devices, signs one out at once, and says so there', async () => {
      const user = await stage().newUser();
      const here = await stage().open({ user, path: '/settings' });
      const there = await stage().open({ expected: /401/ });
      await there.getByLabel('E-mail').fill(user.email);
      await there.getByLabel('Password', { exact: true }).fill(user.password);
      await there.getByRole('button', { name: 'Sign in' }).click();
      await box(there).waitFor();
      await here.reload();
      await here.getByText('This device').waitFor();
      await here.getByRole('button', { name: 'Sign out', exact: true }).click();
      await there.getByRole('heading', { name: 'Welcome back' }).waitFor();
      expect(await there.getByRole('status').first().innerText()).toBe(
        'This device was signed out from another one.',
      );
    });

    it('changes name and password, makes and revokes a token, and deletes the account', async () => {
      const user = await stage().newUser();
      const page = await stage().open({ user, path: '/settings', expected: /401/ });
      await page.getByLabel('Name', { exact: true }).fill('Zoë');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved').waitFor();

      await page.getByLabel('Current password').fill(user.password);
      await page.getByLabel('New password').fill('nine grey herons');
      await page.getByRole('button', { name: 'Change password' }).click();
      await page.getByText('Your password is changed.').waitFor();

      await page.getByLabel('What is it for?').fill('backup script');
      await page.getByText('30 days').click();
      await page.getByRole('button', { name: 'Create token' }).click();
      const secret = await page.locator('code').innerText();
      const check = await fetch(`${stage().server.url}/trpc/user.profile`, {
        headers: { authorization: `Bearer ${secret}` },
      });
      expect(check.status).toBe(200);
      await page.getByRole('button', { name: 'Revoke' }).click();
      await page.getByText('backup script').waitFor({ state: 'detached' });

      await page.getByRole('button', { name: 'Delete account' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Your password, to be sure').fill('nine grey herons');
      await dialog.getByRole('button', { name: 'Delete everything' }).click();
      await page.getByText('Your account and everything in it is deleted.').waitFor();
    });

    it('confirms an address and sets a new password by mailed links', async () => {
      await using server = await spawnServer();
      const user = await signUp(server.url, 'mail@example.org');
      const page = await stage().open({ user, origin: server.url, path: '/settings', expected: gone });
      await page.getByText('Not confirmed yet').waitFor();
      await page.goto(await mailedLink(server, 'verify-email'));
      await page.getByRole('heading', { name: 'Your e-mail address is confirmed' }).waitFor();
      expect(page.url()).toBe(`${server.url}/verify-email`);
      await page.goto(`${server.url}/settings`);
      await page.getByText('Confirmed', { exact: true }).waitFor();

      const stranger = await stage().open({ origin: server.url, path: '/forgot-password', expected: gone });
      await stranger.getByLabel('E-mail').fill(user.email);
      await stranger.getByRole('button', { name: 'Send link' }).click();
      await stranger.getByRole('heading', { name: 'Look into your inbox' }).waitFor();
      await stranger.goto(await mailedLink(server, 'reset-password'));
      await stranger.getByLabel('New password').fill('eleven quiet otters');
      await stranger.getByRole('button', { name: 'Set new password' }).click();
      await stranger.getByText('Your new password is set.').waitFor();
      await stranger.getByLabel('E-mail').fill(user.email);
      await stranger.getByLabel('Password', { exact: true }).fill('eleven quiet otters');
      await stranger.getByRole('button', { name: 'Sign in' }).click();
      await box(stranger).waitFor();
    });

    it('says when a mailed link does not work', async () => {
      const page = await stage().open({ path: '/reset-password?token=nonsense', expected: /400/ });
      await page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
      await page.goto(`${stage().server.url}/verify-email?token=nonsense`);
      await page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
      await page.goto(`${stage().server.url}/forgot-password`);
      await page.getByLabel('E-mail').fill('nobody@example.org');
      await page.getByRole('button', { name: 'Send link' }).click();
      await page.getByText('If there is an account for nobody@example.org').waitFor();
      expect(await page.getByRole('link', { name: 'Back to sign in' }).count()).toBe(1);
    });
  });
}
