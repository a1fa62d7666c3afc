import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const suites = path.join(import.meta.dirname, 'suites');
const source = readdirSync(suites)
  .map((file) => readFileSync(path.join(suites, file), 'utf8'))
  .join('\n');
const rows = readFileSync(path.join(import.meta.dirname, '../../../docs/web.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, , held] = /^\| (\d+) \| (.+?) \| (.+) \|$/.exec(line) ?? [];
    if (number === undefined || held === undefined) return [];
    return [
      {
        number: Number(number),
        held,
        titles: [...held.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title),
      },
    ];
  });

it('docs/web.md has each of the 42 behaviours once, with a test or the reason why there is none', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
  expect(rows.filter(({ held, titles }) => titles.length === 0 && !held.includes('Not held: '))).toEqual([]);
});

it.each(rows.flatMap(({ number, titles }) => titles.map((title) => ({ number, title }))))(
  'behaviour $number names a test that exists: $title',
  ({ title }) => {
    expect(source).toContain(`'${title}'`);
  },
);
