import { describe, expect, it } from 'vitest';
import { closeTail, createBlockCutter } from '../src/markdown/blocks.ts';
import { sectionsOf } from '../src/markdown/details.ts';
import { nestFences } from '../src/markdown/fences.ts';
import { hasMath, mathToCode, withoutOpenMath } from '../src/markdown/math.ts';

/** Formulas made visible. */
const rewritten = (text: string) => mathToCode(text).replaceAll('\uE000', 'f:');

describe('formulas', () => {
  it.each([
    ['let $x$ be', 'let `f:x` be'],
    ['the $n$th, $\\alpha_1$-axis', 'the `f:n`th, `f:\\alpha_1`-axis'],
    ['$2 + 3$ is $5$', '`f:2 + 3` is `f:5`'],
    ['$f(x) = 2$ and $O(n \\log n)$', '`f:f(x) = 2` and `f:O(n \\log n)`'],
    ['between $3 and $4 (that is $x + y$)', 'between $3 and $4 (that is `f:x + y`)'],
    ['| $|x|$ | b |', '| `f:\\|x\\|` | b |'],
    ['\\$5 and $x$ and \\$6', '\\$5 and `f:x` and \\$6'],
    ['**\\(a\\)** and $$b$$', '**`f:a`** and `f:b`'],
    [
      'a\n\\begin{align*}\nx &= y\n\\end{align*}\nb',
      'a\n\n```math\n\\begin{align*}\nx &= y\n\\end{align*}\n```\n\nb',
    ],
    ['1. so\n   \\[ x \\]\n', '1. so\n   \n   ```math\n   x\n   ```\n\n'],
  ])('%j becomes %j', (text, expected) => {
    expect(rewritten(text)).toBe(expected);
    expect(hasMath(text)).toBe(true);
  });

  it.each([
    'It costs $5 to $10 or 5$ and 10$.',
    'costs $5 (or 5$), $20/month, or 200$ a year',
    '**$5** and **$10**, US$5 and AU$10',
    '$1,299.00, $899.00, of $10M$',
    '$HOME/$USER and $PATH:$HOME',
    'a `$x$` b',
    '```\n$x$ \\begin{align} a \\end{align}\n```',
    '\\begin{document} x \\end{document}',
    '$not a formula at all$',
  ])('%j stays as it is', (text) => {
    expect(rewritten(text)).toBe(text);
    expect(hasMath(text)).toBe(false);
  });

  it.each([
    ['let $x', 'let '],
    ['let $x + ', 'let '],
    ['let $\\frac{1', 'let '],
    ['we have $$x', 'we have '],
    ['so\n\\begin{align} x &', 'so\n'],
    ['so \\begin{ali', 'so '],
    ['it costs $5', 'it costs $5'],
    ['it costs $5 and', 'it costs $5 and'],
    ['let $x$ be', 'let $x$ be'],
    ['in `$x', 'in `$x'],
    ['```sh\necho $x', '```sh\necho $x'],
  ])('of %j only %j is shown while it grows', (text, shown) => {
    expect(withoutOpenMath(text)).toBe(shown);
  });
});

describe('fences', () => {
  it('around Markdown end where models mean it', () => {
    const text = '```markdown\n# T\n```python\nx\n```\nend\n```\nafter\n\n```js\n1\n```';
    expect(nestFences(text, false)).toBe(
      '```````markdown\n# T\n```python\nx\n```\nend\n```````\nafter\n\n```js\n1\n```',
    );
    const blocks = createBlockCutter().cut(text, false);
    expect(blocks).toHaveLength(3);
    expect(blocks[0]).toContain('end\n```');
  });

  it.each([
    '```markdown\n# T\n```\nafter\n```python\nx\n```',
    '````markdown\n```python\nx\n```\n````\n',
    '```markdown\n```python\nnever closed\n```\n',
    '```js\n```md\n```\n',
  ])('that are right, or that nobody can put right, stay: %j', (text) => {
    expect(nestFences(text, false)).toBe(text);
  });
});

describe('a growing text', () => {
  const part =
    'Some $x^2$ for $5, `code`.\n\n```js\nconst a = 1;\n\nb\n```\n\n\\[ a\n\nb \\]\n\n```markdown\n# T\n```js\n\nx\n```\n```\n\n- a\n- b\n\n<details>\n<summary>S</summary>\n\nin\n\n</details>\n\n';
  it('is cut into the same blocks in the end as one that came at once', () => {
    const long = part.repeat(60);
    const cutter = createBlockCutter();
    for (let length = 7; length < long.length; length += 97) cutter.cut(long.slice(0, length), true);
    expect(cutter.cut(long, false)).toEqual(createBlockCutter().cut(long, false));
  });

  it('keeps the blocks that it has shown', () => {
    const long = part.repeat(10);
    const cutter = createBlockCutter();
    let before: readonly string[] = [];
    let kept = 0;
    for (let length = 500; length < long.length; length += 23) {
      const blocks = cutter.cut(long.slice(0, length), true);
      // All but the three at its end, which the next words may still change.
      const same = before.slice(0, -3);
      expect(blocks.slice(0, same.length)).toEqual(same);
      kept += same.length;
      before = blocks;
    }
    expect(kept).toBeGreaterThan(1_000);
  });
});

describe('what folds', () => {
  const sections = (text: string) => sectionsOf(createBlockCutter().cut(text, false));
  it('has its blocks in it, and others after it', () => {
    expect(
      sections('<details>\n<summary>More</summary>\n\nOne\n\n- two\n\n</details>\nafter\n\nend'),
    ).toEqual([{ summary: 'More', parts: ['One\n\n', '- two\n\n'] }, '\nafter\n\n', 'end']);
  });

  it('may have others in it, and goes on to the end when it is not closed', () => {
    expect(
      sections(
        '<details open><summary>A</summary>\n\n<details>\n\n<summary>B</summary>\n\nin\n\n</details>\n\nout',
      ),
    ).toEqual([{ summary: 'A', parts: [{ summary: 'B', parts: ['in\n\n'] }, 'out'] }]);
  });
});

describe('the end of a growing text', () => {
  it.each([
    ['A **', 'A'],
    ['A *', 'A'],
    ['A ~~', 'A'],
    ['A `', 'A'],
    ['| a | b |\n| --- | --- |\n| one | **', '| a | b |\n| --- | --- |\n| one |'],
    ['- **', '-'],
    ['A **b', 'A **b**'],
    ['a * b', 'a * b'],
    ['A **b**', 'A **b**'],
  ])('flashed the mark of what had not come yet: %j', (text, shown) => {
    expect(closeTail(text).trimEnd()).toBe(shown);
  });
});
