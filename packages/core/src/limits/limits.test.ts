import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addressKey } from './address-key.ts';
import { createLimits, defaultLimitRules, type LimitRules, noLimits } from './limits.ts';
import { createMemoryLimitStore } from './store.ts';

const rules: LimitRules = {
  signIn: { address: { points: 4, seconds: 60 }, account: { points: 2, seconds: 60 } },
  password: {},
  signUp: { address: { points: 1, seconds: 60 } },
  mail: {},
  recovery: {},
  message: { userId: { points: 1, seconds: 10 } },
  change: {},
  search: {},
};
const make = () => createLimits({ store: createMemoryLimitStore(), rules });
const limited = (retryAfterSeconds: number) => ({ code: 'RATE_LIMITED', details: { retryAfterSeconds } });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('an account is limited from whatever address, and free again when its time is over', async () => {
  const limits = make();
  await limits.take('signIn', { account: 'a@b.cd', address: '192.0.2.1' });
  await limits.take('signIn', { account: 'a@b.cd', address: '192.0.2.2' });
  vi.advanceTimersByTime(20_500);
  const refused = limits.take('signIn', { account: 'a@b.cd', address: '192.0.2.3' });
  await expect(refused).rejects.toMatchObject(limited(40));
  await expect(limits.take('signIn', { account: 'c@d.ef', address: '192.0.2.3' })).resolves.toBeUndefined();
  vi.advanceTimersByTime(40_000);
  await expect(limits.take('signIn', { account: 'a@b.cd', address: '192.0.2.3' })).resolves.toBeUndefined();
});

test('a blocked address does not use up the calls of accounts', async () => {
  const limits = make();
  for (const account of ['1', '2', '3', '4']) await limits.take('signIn', { account, address: '192.0.2.1' });
  for (let round = 0; round < 5; round += 1) {
    await expect(limits.take('signIn', { account: 'victim', address: '192.0.2.1' })).rejects.toMatchObject(
      limited(60),
    );
  }
  await expect(limits.take('signIn', { account: 'victim', address: '192.0.2.9' })).resolves.toBeUndefined();
});

test('a success forgives the account', async () => {
  const limits = make();
  for (let round = 0; round < 3; round += 1) {
    await expect(limits.take('signIn', { account: 'a@b.cd' })).resolves.toBeUndefined();
    await limits.forgive('signIn', { account: 'a@b.cd' });
  }
});

test('kinds are counted apart, and users by their ids', async () => {
  const limits = make();
  await limits.take('signUp', { address: '192.0.2.1' });
  await limits.take('message', { userId: 1 });
  await limits.take('message', { userId: 2 });
  await expect(limits.take('message', { userId: 1 })).rejects.toMatchObject(limited(10));
  await expect(limits.take('signUp', { address: '192.0.2.1' })).rejects.toMatchObject(limited(60));
});

test('ten calls at once count as ten', async () => {
  const limits = make();
  const calls = Array.from({ length: 10 }, () => limits.take('signIn', { account: 'a@b.cd' }));
  const results = await Promise.allSettled(calls);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
});

test('limits can be switched off, and every kind has a rule by default', async () => {
  for (let round = 0; round < 1000; round += 1) await noLimits.take('signUp', { address: '192.0.2.1' });
  for (const rule of Object.values(defaultLimitRules)) expect(Object.keys(rule).length).toBeGreaterThan(0);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['::1', '::/64'],
  ['', 'unknown'],
  ['not an address', 'unknown'],
])('the address %s is counted as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});
