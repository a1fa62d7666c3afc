import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatHash, parseHash } from './werkzeug.ts';

const key = 'ab'.repeat(32);

test('a hash that was formatted is parsed to the same parts', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((salt) => !salt.includes('$')),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (rounds, salt, bytes) => {
        const parts = { rounds, salt, key: Buffer.from(bytes) };
        expect(parseHash(formatHash(parts), 1_000_000)).toEqual(parts);
      },
    ),
  );
});

test.each([
  '',
  'plain text',
  `pbkdf2:sha256$salt$${key}`, // without a count
  `pbkdf2:sha1:1000$salt$${key}`,
  `pbkdf2:sha256:0$salt$${key}`,
  `pbkdf2:sha256:-5$salt$${key}`,
  `pbkdf2:sha256:1e3$salt$${key}`,
  `pbkdf2:sha256:01000$salt$${key}`,
  `pbkdf2:sha256:1001$salt$${key}`, // above the cap
  `pbkdf2:sha256:99999999999999999999$salt$${key}`,
  `pbkdf2:sha256:1000$$${key}`,
  `pbkdf2:sha256:1000$salt$${key.slice(2)}`,
  `pbkdf2:sha256:1000$salt$${key}00`,
  `pbkdf2:sha256:1000$salt$${key.toUpperCase()}`,
  `pbkdf2:sha256:1000$a$b$${key}`,
  `pbkdf2:sha256:1000$\ud800$${key}`,
  `pbkdf2:sha256:1000$salt$${key}\n`,
  `scrypt:32768:8:1$salt$${key}`,
])('%j is refused', (text) => {
  expect(parseHash(text, 1000)).toBeNull();
});
