import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../../../..');
const rows = readFileSync(path.join(root, 'docs/security.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| V'));

it('docs/security.md has each of the 253 requirements of levels 1 and 2 once', () => {
  const ids = rows.map((row) => row.split(' ')[1]);
  expect(new Set(ids).size).toBe(253);
  expect(ids).toHaveLength(253);
});

const named = rows.flatMap((row) =>
  [...row.matchAll(/`([^`]+\.test\.ts)`: (.+?)(?=\. [A-Z]| \(|; forwarded| \|$)/g)].map(
    ([, file, title]) => ({
      row: row.split(' ')[1],
      file: file ?? '',
      title: title ?? '',
    }),
  ),
);

it.each(named)('$row names a test that exists: $title', ({ file, title }) => {
  expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
  const source = readFileSync(path.join(root, file), 'utf8');
  // The one title that is put together: `may not` or `may`.
  expect(source).toContain(title.replace(/^may not (?=read, change)/, ''));
});
