import { deferred } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { richAnswer } from '../answers.ts';
import { answers, box, ended, inPieces, questions, type Stage, say } from '../stage.ts';

/** A refusal that trying again by itself would not change, as tRPC writes it. */
const refusal = {
  status: 400,
  contentType: 'application/json',
  body: JSON.stringify([
    {
      error: {
        json: {
          message: 'No room is left.',
          code: -32_600,
          data: {
            code: 'BAD_REQUEST',
            httpStatus: 400,
            amanda: {
              code: 'INVALID_INPUT',
              text: 'No room is left.',
              retry: false,
              details: {},
              requestId: null,
            },
          },
        },
      },
    },
  ]),
};

export function messagesSuite(stage: () => Stage): void {
  describe('messages', () => {
    it('keeps a refused message as it was, over a reload, and stores it once when it is sent again', async () => {
      const user = await stage().newUser();
      const page = await stage().open({ user, expected: /400/ });
      await say(page, 'before');
      await ended(page);
      let refusing = true;
      await page.route(/message\.send/, (route) => (refusing ? route.fulfill(refusal) : route.continue()));
      await say(page, 'let me in');
      await page.getByText('Not sent. No room is left.').waitFor();
      expect(await box(page).inputValue()).toBe('');
      await page.reload();
      await page.getByText('Not sent.').waitFor();
      await questions(page).getByText('let me in').waitFor();
      refusing = false;
      await page.getByRole('button', { name: 'Send again' }).click();
      await answers(page).getByText('You said: let me in').waitFor();
      await page.getByText('Not sent.').waitFor({ state: 'detached' });
      const stored = { content: 'let me in', chat: { userId: user.id } };
      expect(await stage().server.db.prisma.message.count({ where: stored })).toBe(1);
      expect(await questions(page).getByText('let me in').count()).toBe(1);
    });

    it('puts a refused message back into the box, before what is there', async () => {
      const page = await stage().open({ user: await stage().newUser(), expected: /400/ });
      await say(page, 'before');
      await ended(page);
      await page.route(/message\.send/, (route) => route.fulfill(refusal));
      await say(page, 'first thought');
      await page.getByText('Not sent.').waitFor();
      await box(page).fill('second thought');
      await page.getByRole('button', { name: 'Back to the box' }).click();
      expect(await box(page).inputValue()).toBe('second thought\n\nfirst thought');
      await page.reload();
      expect(await box(page).inputValue()).toBe('second thought\n\nfirst thought');
      expect(await questions(page).getByText('first thought').count()).toBe(0);
    });

    it('copies a whole answer as the Markdown that it is, by keyboard too, and says so', async () => {
      stage().answers('copy me', inPieces(richAnswer, 200));
      const page = await stage().open({ user: await stage().newUser() });
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await say(page, 'copy me');
      await ended(page);
      const copy = answers(page).last().getByRole('button', { name: 'Copy', exact: true });
      await copy.focus();
      await page.keyboard.press('Enter');
      await answers(page).last().getByRole('button', { name: 'Copied' }).waitFor();
      await page.getByText('Copied to the clipboard.').waitFor({ state: 'attached' });
      expect((await page.evaluate(() => navigator.clipboard.readText())).trim()).toBe(richAnswer.trim());
      const ask = questions(page).last().getByRole('button', { name: 'Copy', exact: true });
      await ask.focus();
      await expect
        .poll(() =>
          ask.evaluate((button) => Number(getComputedStyle(button.parentElement ?? button).opacity)),
        )
        .toBe(1);
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('copy me');
    });

    it('takes the draft along when a new chat gets its number', async () => {
      const making = deferred();
      const page = await stage().open({ user: await stage().newUser() });
      await page.route(/chat\.create/, async (route) => {
        await making.promise;
        await route.continue();
      });
      await say(page, 'begin');
      await box(page).fill('and then');
      making.resolve();
      await page.waitForURL(/\/chats\/\d+/);
      await answers(page).getByText('You said: begin').waitFor();
      expect(await box(page).inputValue()).toBe('and then');
      await page.reload();
      expect(await box(page).inputValue()).toBe('and then');
      await page.getByRole('link', { name: 'New chat' }).first().click();
      await page.getByRole('heading', { name: /What is on your mind/ }).waitFor();
      expect(await box(page).inputValue()).toBe('');
    });

    it('lets long lines of code scroll inside their block', async () => {
      stage().answers('wide code', inPieces(`\`\`\`js\nconst wide = '${'x'.repeat(400)}';\n\`\`\`\n`, 100));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'wide code');
      await ended(page);
      const beyond = (name: string) =>
        page
          .locator(name)
          .first()
          .evaluate((element) => element.scrollWidth - element.clientWidth);
      await answers(page).locator('.hljs-keyword').waitFor();
      expect(await beyond('article pre')).toBeGreaterThan(500);
      expect(await beyond('[data-scroller]')).toBe(0);
    });
  });
}
