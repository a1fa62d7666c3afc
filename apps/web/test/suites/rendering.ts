import { deferred } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { richAnswer } from '../answers.ts';
import { answers, around, ended, inPieces, type Stage, say } from '../stage.ts';

export function renderingSuite(stage: () => Stage): void {
  describe('answers', () => {
    it('shows tables, formulas, coloured code and lists, and money as money', async () => {
      stage().answers('everything', inPieces(richAnswer));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'everything');
      await ended(page);
      const answer = answers(page).last();
      await answer.locator('.katex-display').waitFor();
      expect(await answer.locator('table tbody tr').count()).toBe(3);
      expect(await answer.locator('.katex').count()).toBeGreaterThan(3);
      await answer.locator('.hljs-keyword').first().waitFor();
      expect(await answer.locator('pre').innerText()).toContain('def descend(gradient');
      expect(await answer.getByText('costs you $5 to $10 of compute').count()).toBe(1);
      expect(await answer.getByRole('img', { name: 'done' }).count()).toBe(1);
    });

    it('never flashes a raw mark while the text grows', async () => {
      const text =
        'A **bold word**, an *italic one*, a [link](https://example.org/a/b) and `code`.\n\n' +
        '| Name | Size |\n| --- | --- |\n| one | **1** |\n| two | 2 |\n\n' +
        'Then \\(x^2\\) and\n\n```js\nconst a = 1;\n```\n\nThe end.';
      stage().answers('raw marks', inPieces(text, 1));
      const page = await stage().open({ user: await stage().newUser() });
      await page.getByRole('log').waitFor();
      await page.evaluate(() => {
        const seen: string[] = [];
        Reflect.set(globalThis, 'seen', seen);
        const look = () => {
          for (const article of document.querySelectorAll('[aria-label="Amanda said"] .prose')) {
            const shown = article.cloneNode(true);
            if (!(shown instanceof Element)) continue;
            for (const code of shown.querySelectorAll('pre, .katex, figcaption')) code.remove();
            const found = /\*\*|\]\(|\[link|`|\|/.exec(shown.textContent ?? '');
            if (found !== null) seen.push(shown.textContent ?? '');
          }
        };
        new MutationObserver(look).observe(document.body, {
          childList: true,
          subtree: true,
          characterData: true,
        });
      });
      await say(page, 'raw marks');
      await ended(page);
      expect(await page.evaluate(() => Reflect.get(globalThis, 'seen'))).toEqual([]);
    });

    it('writes to the page once per frame at most and leaves other messages alone', async () => {
      stage().answers('many pieces', inPieces('word '.repeat(800), 5));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'before');
      await ended(page);
      await page.evaluate(() => {
        const counts = { frames: 0, bursts: 0, others: 0 };
        Reflect.set(globalThis, 'counts', counts);
        const [first] = document.querySelectorAll('[aria-label="Amanda said"]');
        const frame = () => {
          counts.frames += 1;
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
        new MutationObserver((changes) => {
          const texts = changes.filter(({ target }) => {
            const element = target instanceof Element ? target : target.parentElement;
            return element?.closest('.prose') !== null;
          });
          if (texts.length === 0) return;
          counts.bursts += 1;
          if (texts.some(({ target }) => first?.contains(target))) counts.others += 1;
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
      });
      await say(page, 'many pieces');
      await ended(page);
      const counts = await page.evaluate(() => Reflect.get(globalThis, 'counts'));
      expect(counts.bursts).toBeGreaterThan(0);
      expect(counts.bursts).toBeLessThanOrEqual(counts.frames + 2);
      expect(counts.others).toBe(0);
    });

    it('keeps the elements of a code block, its copy button and a selection while the text grows', async () => {
      const closing = deferred();
      const rest = deferred();
      stage().answers('keep the code', async function* () {
        yield 'Select me.\n\n```js\nconst answer = 42;\n';
        await closing.promise;
        yield '```\n\nmore ';
        await rest.promise;
        yield 'and more.';
      });
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'keep the code');
      const code = answers(page).locator('pre');
      await code.getByText('const answer').waitFor();
      expect(await code.locator('.hljs-keyword').count()).toBe(0);
      await page.evaluate(() => {
        const pre = document.querySelector('pre');
        Reflect.set(globalThis, 'kept', [pre, document.querySelector('figcaption button')]);
        const words = document.querySelector('.prose p')?.firstChild;
        if (words instanceof Text) getSelection()?.setBaseAndExtent(words, 0, words, 6);
      });
      closing.resolve();
      await code.locator('.hljs-keyword').waitFor();
      rest.resolve();
      await ended(page);
      const isSame = await page.evaluate(() => {
        const [pre, button] = Reflect.get(globalThis, 'kept');
        return (
          pre === document.querySelector('pre') && button === document.querySelector('figcaption button')
        );
      });
      expect(isSame).toBe(true);
      expect(await page.evaluate(() => String(getSelection()))).toBe('Select');
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('button', { name: 'Copy code' }).click();
      await page.getByRole('button', { name: 'Copied' }).first().waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('const answer = 42;');
    });

    it('shows hostile text as text: no HTML, no foreign picture, no script in a link', async () => {
      const text =
        '<img src=x onerror="document.title=\'owned\'"> <script>document.title="owned"</script>\n\n' +
        '![spy](https://spy.example/p.png) [run](javascript:document.title=1) [go](https://example.org)\n\n' +
        'broken \\(\\frac{1\\) stays';
      stage().answers('hostile', inPieces(text));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'hostile');
      await ended(page);
      const answer = answers(page).last();
      await answer.locator('a').first().waitFor();
      expect(await answer.locator('img, script').count()).toBe(0);
      expect(await answer.getByText('<img src=x').count()).toBe(1);
      expect(
        await answer.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
      ).toEqual(['https://spy.example/p.png', 'https://example.org']);
      expect(await answer.getByText('\\frac{1').count()).toBe(1);
      expect(await page.title()).not.toContain('owned');
    });

    it('tells a screen reader that it is replying and, once, what it said', async () => {
      const rest = deferred();
      stage().answers('announce', around('The **first** half ', rest.promise, 'and the second.'));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'announce');
      const status = page.locator('p[role=status][aria-live=polite]');
      await status.getByText('Amanda is replying.').waitFor({ state: 'attached' });
      await answers(page).getByText('first').waitFor();
      expect(await status.innerText()).toBe('Amanda is replying.');
      rest.resolve();
      await status.getByText('Amanda said: The first half and the second.').waitFor({ state: 'attached' });
      expect(await page.getByRole('log').getAttribute('aria-live')).toBe('off');
    });
  });
}
