import { failure } from '@amanda/ai-client/scripted';
import { deferred } from '@amanda/testing';
import { Status } from 'nice-grpc';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { answers, around, box, ended, questions, type Stage, say } from '../stage.ts';

export function chatSuite(stage: () => Stage): void {
  describe('chats', () => {
    it('shows question and waiting mark at once, and the text as it comes', async () => {
      const rest = deferred();
      stage().answers('slow bird', around('The albatross ', rest.promise, 'sleeps in flight.'));
      const page = await stage().open({ user: await stage().newUser() });
      await box(page).waitFor();
      const took = await page.evaluate(async () => {
        const area = document.querySelector('textarea');
        if (area === null) return Number.NaN;
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(area, 'slow bird');
        area.dispatchEvent(new Event('input', { bubbles: true }));
        area.form?.requestSubmit();
        let frames = 0;
        for (; document.querySelector('[data-writing]') === null; frames += 1) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        return frames;
      });
      // Counted in frames, for a busy machine has long ones; six are 100 ms.
      expect(took).toBeLessThanOrEqual(4);
      await answers(page).getByText('The albatross').waitFor();
      expect(await box(page).isEnabled()).toBe(true);
      rest.resolve();
      expect(await ended(page)).toContain('The albatross sleeps in flight.');
    });

    it('stops here at once, on the server, and keeps the text; the box has the focus', async () => {
      const never = deferred();
      stage().answers('endless', around('So far so good', never.promise, 'never'));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'endless');
      await answers(page).getByText('So far so good').waitFor();
      const asked = deferred();
      await page.route(/message\.stop/, async (route) => {
        await asked.promise;
        await route.continue();
      });
      const answered = page.waitForResponse(/message\.stop/);
      await page.getByRole('button', { name: 'Stop writing' }).click();
      // Before the server has even been asked.
      await page.getByText('Stopped', { exact: true }).waitFor();
      asked.resolve();
      await answered;
      expect(await box(page).evaluate((area) => area === document.activeElement)).toBe(true);
      await page.reload();
      await page.getByText('Stopped', { exact: true }).waitFor();
      expect(await ended(page)).toContain('So far so good');
    });

    it('makes versions of answers and questions, and shows each of them, also after a reload', async () => {
      let count = 0;
      stage().answers('which fruit', async function* () {
        yield ['apple', 'pear', 'plum'][count++] ?? 'none';
      });
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'which fruit');
      expect(await ended(page)).toContain('apple');
      await page.getByRole('button', { name: 'Regenerate' }).click();
      await answers(page).getByText('pear').waitFor();
      await page.getByText('2 of 2').waitFor();
      await page.getByRole('button', { name: 'Earlier version' }).click();
      await answers(page).getByText('apple').waitFor();
      await page.getByText('You are reading an earlier version.').waitFor();
      await page.reload();
      await answers(page).getByText('apple').waitFor();
      await page.getByRole('button', { name: 'Back to the current one' }).click();
      await answers(page).getByText('pear').waitFor();

      await questions(page).last().hover();
      await page.getByRole('button', { name: 'Edit' }).click();
      await page.getByRole('textbox', { name: 'Edit your message' }).fill('which fruit now');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await answers(page).getByText('plum').waitFor();
      expect(await questions(page).count()).toBe(1);
      expect(await questions(page).innerText()).toContain('which fruit now');
      await page.getByRole('button', { name: 'Earlier version' }).first().click();
      await answers(page).getByText('pear').waitFor();
      expect(await questions(page).innerText()).toContain('which fruit');
    });

    it('goes on with an answer that was stopped', async () => {
      let calls = 0;
      stage().answers('a long tale', async function* (_request, signal) {
        calls += 1;
        if (calls === 1) {
          yield 'Once upon a time ';
          await new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          );
        }
        yield 'there was an end.';
      });
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'a long tale');
      await answers(page).getByText('Once upon a time').waitFor();
      await page.getByRole('button', { name: 'Stop writing' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
      await answers(page).getByText('there was an end.').waitFor();
      expect(calls).toBe(2);
    });

    it('says under the question what went wrong, and tries again', async () => {
      let calls = 0;
      stage().answers('broken today', async function* () {
        calls += 1;
        yield 'Half of ';
        if (calls === 1) throw failure(Status.INTERNAL);
        yield 'it and the rest.';
      });
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'broken today');
      await answers(page).getByText('The AI service failed while writing.').waitFor();
      expect(await answers(page).innerText()).toContain('Half of');
      await page.getByRole('button', { name: 'Regenerate' }).click();
      await answers(page).getByText('Half of it and the rest.').waitFor();
    });

    it('queues a message that is sent during an answer, visibly, and sends it after', async () => {
      const rest = deferred();
      stage().answers('first thing', around('one', rest.promise, ' two'));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'first thing');
      await answers(page).getByText('one').waitFor();
      await say(page, 'second thing');
      await page.getByText('Will be sent after this answer').waitFor();
      rest.resolve();
      await answers(page).getByText('You said: second thing').waitFor();
      expect(await questions(page).count()).toBe(2);
    });

    it('does not press a chat that another device keeps busy', async () => {
      const rest = deferred();
      stage().answers('from the phone', around('busy ', rest.promise, 'no more'));
      const user = await stage().newUser();
      const page = await stage().open({ user, expected: /409/ });
      await say(page, 'hello there');
      await ended(page);
      const calls: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('message.send')) calls.push(request.url());
      });
      // The feed is held back, so that the page does not know.
      await page.routeWebSocket(/trpc/, (socket) => {
        socket.connectToServer().onMessage(() => {});
      });
      await page.reload();
      // What it knows, it has loaded before the phone begins: a load that came later would bring the answer with it.
      await answers(page).getByText('You said: hello there').waitFor();
      const chatId = Number(new URL(page.url()).pathname.split('/').at(-1));
      await stage().server.core.runs.send(user.id, { chatId, text: 'from the phone' });
      await say(page, 'from the laptop');
      await page.getByText('Will be sent after this answer').waitFor();
      expect(calls.length).toBe(1);
      rest.resolve();
      await questions(page).getByText('from the laptop').waitFor();
      await expect.poll(() => calls.length).toBe(2);
    });

    it('keeps a draft per chat over a reload and clears it with the message', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'hello');
      await ended(page);
      await box(page).fill('half a thou');
      await page.getByRole('link', { name: 'New chat' }).first().click();
      expect(await box(page).inputValue()).toBe('');
      await page.getByRole('navigation').getByRole('link', { name: 'hello' }).click();
      expect(await box(page).inputValue()).toBe('half a thou');
      await page.reload();
      expect(await box(page).inputValue()).toBe('half a thou');
      await box(page).press('Enter');
      await answers(page).getByText('You said: half a thou').waitFor();
      await page.reload();
      expect(await box(page).inputValue()).toBe('');
    });

    it('forgets its drafts when the session ends, here or elsewhere', async () => {
      const kept = (page: Page) =>
        page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('amanda.draft.')));
      const user = await stage().newUser();
      const page = await stage().open({ user, expected: /status of 401/ });
      await box(page).fill('half a thou');
      expect(await kept(page)).toHaveLength(1);
      await stage().server.core.sessions.endAll(user.id, {}, 'revoked');
      await page.getByLabel('Password', { exact: true }).waitFor();
      expect(await kept(page)).toEqual([]);
    });

    it('does not send while a composition is under way', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      await box(page).fill('にほん');
      await box(page).evaluate((area) => {
        for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
          area.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init }),
          );
        }
      });
      expect(await box(page).inputValue()).toBe('にほん');
      expect(await questions(page).count()).toBe(0);
      await box(page).press('Shift+Enter');
      expect(await box(page).inputValue()).toBe('にほん\n');
    });

    it('renames, deletes, and undoes', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'name me');
      await ended(page);
      const list = page.getByRole('navigation');
      await page.getByRole('button', { name: 'More for “name me”' }).click();
      await page.getByRole('menuitem', { name: 'Rename' }).click();
      await page.getByRole('textbox', { name: 'Title' }).fill('A better name');
      await page.getByRole('button', { name: 'Save' }).click();
      await list.getByText('A better name').waitFor();
      await page.getByRole('button', { name: 'More for “A better name”' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await list.getByText('A better name').waitFor({ state: 'detached' });
      await page.getByRole('heading', { name: 'What is on your mind?' }).waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await list.getByText('A better name').click();
      await answers(page).getByText('You said: name me').waitFor();
      expect(await list.getByText('A better name').count()).toBe(1);
    });

    it('finds what was said with Ctrl+K, by keyboard', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'the colour of ultramarine');
      await ended(page);
      await page.getByRole('link', { name: 'New chat' }).first().click();
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('ultram');
      await page.getByRole('option').first().waitFor();
      expect(await page.locator('mark').first().innerText()).toBe('ultramarine');
      await page.keyboard.press('Enter');
      await answers(page).getByText('You said: the colour of ultramarine').waitFor();
    });

    it('says so when a chat is not there', async () => {
      const page = await stage().open({
        user: await stage().newUser(),
        path: '/chats/4711',
        expected: /404/,
      });
      await page.getByRole('heading', { name: 'This chat does not exist' }).waitFor();
      expect(await box(page).count()).toBe(0);
    });

    it('grows with the draft up to eight lines and shrinks after the send; folds a long question', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      const height = async () => (await box(page).boundingBox())?.height ?? 0;
      const one = await height();
      await box(page).fill('line\n'.repeat(4));
      expect(await height()).toBeGreaterThan(one + 60);
      await box(page).fill('line\n'.repeat(40));
      expect(await height()).toBeLessThan(9 * 24 + 10);
      await box(page).press('Enter');
      expect(await height()).toBe(one);
      await ended(page);
      const question = questions(page).first();
      const folded = (await question.boundingBox())?.height ?? 0;
      await question.getByRole('button', { name: 'Show all' }).click();
      expect((await question.boundingBox())?.height).toBeGreaterThan(folded + 200);
    });

    it('marks the title when an answer ends in a hidden tab', async () => {
      const rest = deferred();
      stage().answers('while hidden', around('so ', rest.promise, 'far'));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'while hidden');
      await answers(page).getByText('so').waitFor();
      const hide = (hidden: boolean) =>
        page.evaluate((isHidden) => {
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
          document.dispatchEvent(new Event('visibilitychange'));
        }, hidden);
      await hide(true);
      rest.resolve();
      await expect.poll(() => page.title()).toMatch(/^• while hidden/);
      await hide(false);
      expect(await page.title()).toMatch(/^while hidden/);
      expect(await ended(page)).toContain('so far');
    });

    it('fills the box with a starter and does not send it', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      await page.getByRole('button', { name: 'Write a draft' }).click();
      expect(await box(page).inputValue()).toContain('friendly e-mail');
      expect(await questions(page).count()).toBe(0);
    });
  });
}
