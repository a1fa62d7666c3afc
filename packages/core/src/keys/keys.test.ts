import { expect, test } from 'vitest';
import { createKeys, sha256Hex } from './keys.ts';
import { isWeakSecret, weakSecretReason } from './weak-secret.ts';

const COOKIE_VECTOR = '6a79fa986f13c16ea9bd2b7d23ec58efd0f91daebd5de9b03bacb87b3da56335';

test('keys are HKDF-SHA256 of the secret, one for each label', () => {
  const keys = createKeys(['s3cret']);
  // computed with Python's hmac module, by RFC 5869
  expect(keys.derive('cookie').toString('hex')).toBe(COOKIE_VECTOR);
  expect(keys.derive('other')).not.toEqual(keys.derive('cookie'));
  expect(Object.values(keys.cookiePasswords())).toEqual([COOKIE_VECTOR]);
});

test('a short secret gives cookie passwords that iron-session accepts', () => {
  for (const password of Object.values(createKeys(['x']).cookiePasswords())) {
    expect(password.length).toBeGreaterThanOrEqual(32);
  }
});

test('the first secret seals, all unseal, and an id stays with its secret through a rotation', () => {
  const before = createKeys(['old']);
  const during = createKeys(['new', 'old']);
  const after = createKeys(['new']);
  expect(during.cookiePasswords()).toEqual({ ...before.cookiePasswords(), ...after.cookiePasswords() });
  expect(Object.keys(during.cookiePasswords())).toHaveLength(2);
  expect(during.cookieSealPassword()).toEqual(after.cookiePasswords());
});

test('no secret and an empty secret are refused', () => {
  expect(() => createKeys([])).toThrow(RangeError);
  expect(() => createKeys(['good', ''])).toThrow(RangeError);
});

test.each([
  ['dev', 'short'],
  ['change-me', 'example'],
  ['your-secret-key-here', 'example'],
  ['your-secret-key-change-in-production-please', 'example'],
  ['dev-secret-key-0123456789abcdefghijklmn', 'example'],
  ['a'.repeat(64), 'repetitive'],
  ['', 'short'],
] as const)('%s is a weak secret', (secret, reason) => {
  expect(weakSecretReason(secret)).toBe(reason);
  expect(isWeakSecret(secret)).toBe(true);
});

test('random secrets are not weak', () => {
  expect(isWeakSecret('8f0c2d5b7a6e4c1d9b3f8e7a6d5c4b3a2f1e0d9c8b7a6f5e4d3c2b1a0f9e8d7c')).toBe(false);
  expect(isWeakSecret('mQ3v9Zt1xY7kLp0sWc5dRb8nHf2gJe4u')).toBe(false);
});

test('tokens are stored as SHA-256 in lower-case hex', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
