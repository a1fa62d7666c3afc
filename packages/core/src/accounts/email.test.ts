import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkEmail, normaliseEmail } from './email.ts';

test.each([
  ['user@example.com', 'user@example.com'],
  ['  User.Name+tag@Sub.Example.CO ', 'user.name+tag@sub.example.co'],
  ["o'brien@example.org", "o'brien@example.org"],
  ['a@b.cd', 'a@b.cd'],
  ['grüße@bücher.de', 'grüße@bücher.de'],
  ['用户@例子.公司', '用户@例子.公司'],
  ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
  [`${'x'.repeat(64)}@example.com`, `${'x'.repeat(64)}@example.com`],
])('%s is an address', (typed, stored) => {
  expect(checkEmail(typed)).toBe(stored);
});

test.each([
  '',
  '   ',
  'user',
  '@example.com',
  'user@',
  'user@example',
  'user@@example.com',
  'a@b@example.com',
  'user@.com',
  'user@example..com',
  'user@example.com.',
  'user@-example.com',
  'user@example.c',
  'user@example.123',
  'user@[127.0.0.1]',
  'us er@example.com',
  '"quoted"@example.com',
  'a,b@example.com',
  'Name <user@example.com>',
  'user@example.com\r\nBcc: all@example.com',
  'user\r\n@example.com',
  'nul\0@example.com',
  'user@exam\0ple.com',
  'lone\ud800@example.com',
  'zero\u200bwidth@example.com',
  'turned\u202e@example.com',
  'full\uff57idth@example.com',
  'user@\uff45xample.com',
  '\u212aelvin@example.com', // Kelvin sign: lower case is an ordinary k
  '\ufb01ligature@example.com',
  'e\u0301@example.com', // not composed
  `${'x'.repeat(65)}@example.com`,
  `${'ü'.repeat(33)}@example.com`,
  `user@${'x'.repeat(64)}.com`,
  `user@${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(60)}.com`,
  'x'.repeat(10_000_000),
])('%j is no address', (typed) => {
  expect(() => checkEmail(typed)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', details: { field: 'email', reason: 'format' } }),
  );
});

test('whatever is accepted is its own normal form and holds nothing that could end a header', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.emailAddress(),
        fc.string({ unit: 'binary' }).map((text) => `${text}@example.com`),
      ),
      (typed) => {
        let stored: string;
        try {
          stored = checkEmail(typed);
        } catch {
          return;
        }
        expect(normaliseEmail(stored)).toBe(stored);
        expect(checkEmail(stored)).toBe(stored);
        expect(stored).not.toMatch(/[\s\p{C}<>,;:"]/u);
      },
    ),
  );
});
