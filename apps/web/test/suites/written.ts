import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { answers, box, ended, inPieces, questions, type Stage, say } from '../stage.ts';

/** Has the AI say something, piece by piece, and gives the answer on the page. */
async function shown(stage: Stage, text: string, page?: Page) {
  stage.answers('write it', inPieces(text));
  const on = page ?? (await stage.open({ user: await stage.newUser() }));
  await say(on, 'write it');
  await ended(on);
  return answers(on).last();
}

const sums = String.raw`For $x^2$ and $|x|$, prices of $5 and $10 stay.

\begin{align}
a &= b + c \\
d &= e
\end{align}

| Name | Formula |
| --- | --- |
| norm | $|x| = \sqrt{x^2}$ |`;

const tags = `H<sub>2</sub>O and 10<sup>3</sup>, press <kbd>Ctrl</kbd>+<kbd>K</kbd>.

| Step | What |
| --- | --- |
| one | first line<br>second<br/>third<sup>2</sup> |

<details>
<summary>Show the **answer**</summary>

It is \`42\`:

- because

</details>

After it.`;

const hostile = `<sub onclick="document.title='owned'">a</sub> <svg onload=alert(1)> <iframe src="//evil.example"></iframe>

<details ontoggle="document.title='owned'" open><summary>x</summary>

<b><a href="javascript:alert(1)">y</a></b>

<style>body{display:none}</style> <sup><form action="/x"></sup> </sup></b> <b>unclosed`;

export function writtenSuite(stage: () => Stage): void {
  describe('what models write', () => {
    it('typesets formulas between dollars and bare environments, in tables too, and leaves money alone', async () => {
      const answer = await shown(stage(), sums);
      await answer.locator('.katex-display').waitFor();
      expect(await answer.locator('.katex-display').count()).toBe(1);
      expect(await answer.locator('p .katex').count()).toBe(2);
      expect(await answer.locator('td').count()).toBe(2);
      expect(await answer.locator('td .katex').count()).toBe(1);
      expect(await answer.getByText('prices of $5 and $10 stay.').count()).toBe(1);
      // KaTeX's styles come late, and would number the lines.
      const numbers = await answer
        .locator('.eqn-num')
        .evaluateAll((lines) => lines.map((line) => getComputedStyle(line, '::before').content));
      expect(numbers).toEqual(['none', 'none']);
    });

    it('makes elements of a few tags, in cells of tables too, and folds details', async () => {
      const answer = await shown(stage(), tags);
      expect(await answer.locator('sub').allInnerTexts()).toEqual(['2']);
      expect(await answer.locator('sup').allInnerTexts()).toEqual(['3', '2']);
      expect(await answer.locator('kbd').allInnerTexts()).toEqual(['Ctrl', 'K']);
      expect(await answer.locator('td br').count()).toBe(2);
      expect(await answer.locator('td').last().innerText()).toBe('first line\nsecond\nthird2');
      expect(await answer.locator('summary strong').innerText()).toBe('answer');
      const inside = answer.locator('details li').getByText('because');
      expect(await inside.isVisible()).toBe(false);
      await answer.locator('summary').click();
      expect(await inside.isVisible()).toBe(true);
      expect(await answer.locator('details').getByText('After it.').count()).toBe(0);
      expect(await answer.innerText()).not.toContain('<');
    });

    it('shows all other HTML as text, whatever its attributes', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      const answer = await shown(stage(), hostile, page);
      expect(
        await answer
          .locator('.prose :is(svg, iframe, style, form, script, a, [onclick], [ontoggle])')
          .count(),
      ).toBe(0);
      expect(await answer.innerText()).toContain('<iframe src="//evil.example"></iframe>');
      expect(await answer.innerText()).toContain('<style>body{display:none}</style>');
      expect(await answer.innerText()).toContain('<b>unclosed');
      expect(await page.title()).not.toContain('owned');
    });

    it('shows no half of a tag while the text grows', async () => {
      const text =
        'H<sub>2</sub>O, <kbd>Ctrl</kbd> and $x^2$ or $5.\n\n<details>\n<summary>More</summary>\n\nin it\n\n</details>\n';
      stage().answers('grow by letters', inPieces(text, 1));
      const page = await stage().open({ user: await stage().newUser() });
      await page.getByRole('log').waitFor();
      await page.evaluate(() => {
        const seen: string[] = [];
        Reflect.set(globalThis, 'seen', seen);
        new MutationObserver(() => {
          for (const prose of document.querySelectorAll('.prose')) {
            const copy = prose.cloneNode(true);
            if (!(copy instanceof Element)) continue;
            for (const formula of copy.querySelectorAll('.math-inline')) formula.remove();
            if (/[<>]|\$(?!5|$)/.test(copy.textContent)) seen.push(copy.textContent);
          }
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
      });
      await say(page, 'grow by letters');
      await ended(page);
      expect(await page.evaluate(() => Reflect.get(globalThis, 'seen'))).toEqual([]);
    });

    it('keeps single line ends, and fences within a fence of Markdown', async () => {
      const answer = await shown(
        stage(),
        'Two roads diverged\nin a **yellow** wood,\n\n- Ada Lovelace\n  12 St James\n- next\n\n```markdown\n# Title\n```python\nprint(1)\n```\nend\n```\n\nAfter.',
      );
      expect(await answer.locator('p').first().innerText()).toBe('Two roads diverged\nin a yellow wood,');
      expect(await answer.locator('li').first().innerText()).toBe('Ada Lovelace\n12 St James');
      expect(await answer.locator('pre').count()).toBe(1);
      expect(await answer.locator('pre').innerText()).toBe('# Title\n```python\nprint(1)\n```\nend');
      await answer.locator('p').getByText('After.').waitFor();
    });

    it('lets a long formula scroll in its line', async () => {
      const page = await stage().open({
        user: await stage().newUser(),
        viewport: { width: 390, height: 844 },
      });
      const long = Array.from({ length: 30 }, (_, index) => `a_{${index}}x^{${index}}`).join(' + ');
      const answer = await shown(stage(), `The sum $${long}$ is long, $x$ is not.`, page);
      await answer.locator('.katex').nth(1).waitFor();
      const widths = await answer
        .locator('.math-inline')
        .evaluateAll((formulas) => formulas.map((each) => each.scrollWidth > each.clientWidth + 1));
      expect(widths).toEqual([true, false]);
      expect(
        await page.locator('[data-scroller]').evaluate((each) => each.scrollWidth - each.clientWidth),
      ).toBe(0);
    });

    it('reads from right to left what is written so, block by block, and code from left to right', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      const arabic = 'مرحبا بالعالم';
      const answer = await shown(
        stage(),
        `${arabic}، هذا نص.\n\nPlain English.\n\n- عنصر أول\n- second\n\n\`npm start\` ثم انتظر\n\n| اسم | قيمة |\n| --- | --- |\n| واحد | one |\n\n\`\`\`js\nconst a = 1;\n\`\`\`\n`,
        page,
      );
      const direction = (name: string) =>
        answer.locator(name).evaluateAll((all) => all.map((each) => getComputedStyle(each).direction));
      expect(await direction('p')).toEqual(['rtl', 'ltr', 'rtl']);
      expect(await direction('ul')).toEqual(['rtl']);
      expect(await direction('table')).toEqual(['rtl']);
      expect(await direction('p code, pre')).toEqual(['ltr', 'ltr']);
      await box(page).fill(arabic);
      expect(await box(page).evaluate((each) => getComputedStyle(each).direction)).toBe('rtl');
      await box(page).press('Enter');
      await ended(page);
      expect(
        await questions(page)
          .last()
          .locator('p')
          .evaluate((each) => getComputedStyle(each).direction),
      ).toBe('rtl');
    });

    it('copies an answer as Markdown and as it looks', async () => {
      const page = await stage().open({ user: await stage().newUser() });
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      const text =
        '**Bold** and $x^2$.\n\n- [x] done\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```js\nconst a = 1;\n```\n';
      const answer = await shown(stage(), text, page);
      await answer.locator('.katex').first().waitFor();
      await answer.locator('.hljs-keyword').waitFor();
      await answer.getByRole('button', { name: 'Copy', exact: true }).click();
      await answer.getByRole('button', { name: 'Copied' }).waitFor();
      const copied = await page.evaluate(async () => {
        const [item] = await navigator.clipboard.read();
        const read = async (type: string) => (await item?.getType(type))?.text();
        return { plain: await read('text/plain'), html: await read('text/html') };
      });
      expect(copied.plain?.trim()).toBe(text.trim());
      expect(copied.html).toContain('<strong>Bold</strong> and $x^2$.');
      expect(copied.html).toContain('☑ done');
      expect(copied.html).toContain('<td>1</td>');
      expect(copied.html).toContain('<pre><code>const a = 1;</code></pre>');
      expect(copied.html).not.toMatch(/class=|<button|<svg|katex/);
    });
  });
}
