import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDevices } from './devices.ts';

const key = Buffer.alloc(32, 1);

test('a mark names its device for the accounts that were opened there, and for no other', () => {
  const devices = createDevices(key);
  const first = devices.markFor(undefined, 'ada@example.com');
  const id = devices.idOf(first, 'ada@example.com');
  expect(id).toMatch(/^[\w-]{22}$/);
  expect(devices.idOf(first, 'eve@example.com')).toBeNull();
  const both = devices.markFor(first, 'eve@example.com');
  expect([devices.idOf(both, 'ada@example.com'), devices.idOf(both, 'eve@example.com')]).toEqual([id, id]);
  expect(devices.markFor(both, 'eve@example.com')).toBe(both);
  expect(createDevices(Buffer.alloc(32, 2)).idOf(both, 'ada@example.com')).toBeNull();
});

test('a mark stands for five accounts and stays short', () => {
  const devices = createDevices(key);
  let mark: string | undefined;
  for (let round = 0; round < 50; round += 1) mark = devices.markFor(mark, `${round}`);
  expect(mark).toHaveLength(22 + 5 * 23);
  expect(
    Array.from({ length: 50 }, (_, round) => devices.idOf(mark, `${round}`) !== null).filter(Boolean),
  ).toHaveLength(5);
});

test.each([
  undefined,
  '',
  '.',
  'x'.repeat(100_000),
  `${'a'.repeat(22)}.${'b'.repeat(22)}`,
  `${'ä'.repeat(22)}.${'ä'.repeat(22)}`,
])('what nobody signed names no device (%#)', (mark) => {
  const devices = createDevices(key);
  expect(devices.idOf(mark, 'ada@example.com')).toBeNull();
  expect(devices.idOf(devices.markFor(mark, 'ada@example.com'), 'ada@example.com')).not.toBeNull();
});

test('the signature of one device is worth nothing on another', () => {
  const devices = createDevices(key);
  const [, signature] = devices.markFor(undefined, 'ada@example.com').split('.');
  expect(devices.idOf(`${randomBytes(16).toString('base64url')}.${signature}`, 'ada@example.com')).toBeNull();
});
