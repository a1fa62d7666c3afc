import path from 'node:path';
import { expect, test } from 'vitest';
import { DatabaseUrlError } from '../src/index.ts';
import { fileOfUrl } from '../src/sqlite/url.ts';

test.each([
  ['file:amanda.db', path.resolve('amanda.db')],
  ['file:./data/amanda.db', path.resolve('data/amanda.db')],
  ['file:/srv/amanda.db', '/srv/amanda.db'],
  ['file:///srv/100% mine/#1.db', '/srv/100% mine/#1.db'],
  ['sqlite:///amanda.db', path.resolve('amanda.db')],
  ['sqlite:////srv/amanda.db', '/srv/amanda.db'],
])('%s names %s', (url, file) => {
  expect(fileOfUrl(url)).toBe(file);
});

test.each([
  '',
  'amanda.db',
  'file:',
  'file::memory:',
  'sqlite://',
  'sqlite:///:memory:',
  'sqlite:amanda.db',
  'file:amanda.db?mode=ro',
  'file://server/share/amanda.db',
  'mysql://localhost/amanda',
])('%j is refused', (url) => {
  expect(() => fileOfUrl(url)).toThrow(DatabaseUrlError);
});
