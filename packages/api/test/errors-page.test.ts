import { readFile } from 'node:fs/promises';
import { errorTable } from '@amanda/contract';
import { expect, test } from 'vitest';

/** The cells of each row of the page's table of codes. */
async function rowsOfPage(): Promise<string[][]> {
  const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, 6)
        .map((cell) => cell.trim()),
    );
}

test('docs/errors.md and the error table say the same', async () => {
  const rows = Object.entries(errorTable).map(([code, { http, retry, text, trpc }]) => [
    `\`${code}\``,
    `\`${trpc}\``,
    `${http}`,
    retry ? 'yes' : 'no',
    text,
  ]);
  expect(await rowsOfPage()).toEqual(rows);
});
