import { expect, test } from 'vitest';
import { createPasswordPolicy } from './policy.ts';

const invalid = (reason: string, field = 'password') => ({
  code: 'INVALID_INPUT',
  details: { field, reason },
});

test('8 to 1024 code points of any Unicode are allowed', async () => {
  const policy = createPasswordPolicy();
  for (const password of ['tR7 xkq!', '👩🏽‍🚀🌍🪐☄️🌠🛰️', 'nul\0 inside', '𝒳'.repeat(1024), '         ']) {
    await expect(policy.check(password)).resolves.toBeUndefined();
  }
  await expect(policy.check('𝒳'.repeat(7))).rejects.toMatchObject(invalid('short'));
  await expect(policy.check('')).rejects.toMatchObject(invalid('short'));
  await expect(policy.check('x'.repeat(1025))).rejects.toMatchObject(invalid('long'));
  await expect(policy.check('x'.repeat(10_000_000))).rejects.toMatchObject(invalid('long'));
  await expect(policy.check('lone \ud800 surrogate')).rejects.toMatchObject(invalid('format'));
  await expect(policy.check('short', { field: 'next' })).rejects.toMatchObject(invalid('short', 'next'));
});

test.each(['password', 'password123', '12345678', 'PassWord', 'ｐａｓｓｗｏｒｄ', 'qwertyuiop'])(
  '%s is too common, except where the legacy contract allows it',
  async (password) => {
    const policy = createPasswordPolicy();
    await expect(policy.check(password)).rejects.toMatchObject({ code: 'PASSWORD_TOO_COMMON' });
    await expect(policy.check(password, { allowCommon: true })).resolves.toBeUndefined();
  },
);
