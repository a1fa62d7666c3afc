import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../../../..');
const text = readFileSync(path.join(root, 'docs/security.md'), 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('| V'));

it('docs/security.md has each of the 253 requirements of levels 1 and 2 once', () => {
  const ids = rows.map((row) => row.split(' ')[1]);
  expect(new Set(ids).size).toBe(253);
  expect(ids).toHaveLength(253);
});

it('docs/security.md lists what is not met, by level, and leaves nothing open', () => {
  for (const level of ['1', '2']) {
    const notMet = rows.filter((row) => row.split(' ')[3] === level && row.includes('**Not met**'));
    const listed = new RegExp(`^Not met, level ${level}: (.*)\\.$`, 'm').exec(text)?.[1]?.split(', ');
    expect(listed).toEqual(notMet.map((row) => row.split(' ')[1]));
  }
  expect(text).not.toContain('**Open**');
});

/** A title ends at the next file, at a new sentence, at a remark in parentheses, or with its row. */
const mention = /`([^`]+\.ts)`: (.+?)(?=; `|\. [A-Z*`]|\.? \|$| \([\w ^]+\)(?:[.;]| \|))/g;
const named = rows.flatMap((row) =>
  [...row.matchAll(mention)].map(([, file, title]) => ({
    row: row.split(' ')[1],
    file: file ?? '',
    title: title ?? '',
  })),
);

it.each(named)('$row names a test that exists: $title', ({ file, title }) => {
  expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
  const source = readFileSync(path.join(root, file), 'utf8');
  // The one title that is put together: `may not` or `may`.
  expect(source).toContain(title.replace(/^may not (?=read, change)/, ''));
});
