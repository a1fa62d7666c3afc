import { createKeys } from '@amanda/core';
import { sealData } from 'iron-session';
import { describe, expect, it } from 'vitest';

import { cookieValues, createSessionCookie } from '../src/cookies/session-cookie.ts';

const keysOf = (...secrets: string[]) => {
  const padded = secrets.map((secret, index) => [index + 1, secret.padEnd(32, '.')] as const);
  return {
    cookiePasswords: () => Object.fromEntries(padded),
    cookieSealPassword: () => Object.fromEntries(padded.slice(0, 1)),
  };
};
const inAnHour = () => new Date(Date.now() + 3_600_000);
const valueOf = (setCookie: string) => setCookie.split(';', 1)[0] ?? '';

describe('the session cookie', () => {
  const cookie = createSessionCookie({ keys: keysOf('a'), secure: false });

  it('carries the id of the session and nothing that scripts or other sites could use', async () => {
    const header = await cookie.write('session-1', inAnHour());
    expect(header).toMatch(/^amanda_session=[^;]+; Max-Age=3(599|600); Path=\/; HttpOnly; SameSite=Lax$/);
    expect(header).not.toContain('session-1');
    expect(await cookie.read(valueOf(header))).toEqual(['session-1']);
  });

  it('is bound to the host over HTTPS', async () => {
    const secure = createSessionCookie({ keys: keysOf('a'), secure: true });
    const header = await secure.write('session-1', inAnHour());
    expect(header).toMatch(/^__Host-amanda_session=.*; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(await secure.read(valueOf(header))).toEqual(['session-1']);
  });

  it('opens what an earlier secret sealed', async () => {
    const before = createSessionCookie({ keys: keysOf('a'), secure: false });
    const seal = valueOf(await before.write('session-1', inAnHour()));
    const { cookiePasswords } = keysOf('a', 'b');
    const rotated = { cookiePasswords, cookieSealPassword: () => ({ 2: 'b'.padEnd(32, '.') }) };
    const after = createSessionCookie({ keys: rotated, secure: false });
    expect(await after.read(seal)).toEqual(['session-1']);
    expect(await before.read(valueOf(await after.write('session-2', inAnHour())))).toEqual([]);
  });

  it('lets a secret rotate: with two the new one seals and both open, then the old one can go', async () => {
    const [before, during, after] = [['old'], ['new', 'old'], ['new']].map((secrets) =>
      createSessionCookie({ keys: createKeys(secrets), secure: false }),
    );
    const old = valueOf((await before?.write('session-1', inAnHour())) ?? '');
    const fresh = valueOf((await during?.write('session-2', inAnHour())) ?? '');
    expect(await during?.read(old)).toEqual(['session-1']);
    expect(await during?.read(fresh)).toEqual(['session-2']);
    expect(await before?.read(fresh)).toEqual([]);
    expect(await after?.read(fresh)).toEqual(['session-2']);
    expect(await after?.read(old)).toEqual([]);
  });

  it.each([
    ['no header', undefined],
    ['another cookie', 'other=1'],
    ['an empty value', 'amanda_session='],
    ['no seal', 'amanda_session=%00%ff'],
    ['something endless', `amanda_session=${'a'.repeat(100_000)}`],
  ])('reads nothing from %s', async (_name, header) => {
    expect(await cookie.read(header)).toEqual([]);
  });

  it('reads nothing from a seal that was cut, changed, or is an hour too old', async () => {
    const seal = valueOf(await cookie.write('session-1', inAnHour()));
    const middle = seal.length >> 1;
    const flipped = seal.slice(0, middle) + (seal[middle] === 'A' ? 'B' : 'A') + seal.slice(middle + 1);
    const expired = valueOf(await cookie.write('session-1', new Date(Date.now() - 3_600_000)));
    for (const broken of [seal.slice(0, -8), flipped, expired]) expect(await cookie.read(broken)).toEqual([]);
    expect(await createSessionCookie({ keys: keysOf('other'), secure: false }).read(seal)).toEqual([]);
  });

  it('reads nothing from a seal that was made for another cookie', async () => {
    const password = keysOf('a').cookieSealPassword();
    const seal = await sealData(
      { id: 'session-1', name: 'other', until: inAnHour().getTime() },
      { password },
    );
    expect(await cookie.read(`amanda_session=${seal}`)).toEqual([]);
  });

  it('reads both of two cookies of its name, and not a hundred', async () => {
    const [first, second] = await Promise.all(
      ['session-1', 'session-2'].map(async (id) => valueOf(await cookie.write(id, inAnHour()))),
    );
    expect(await cookie.read(`${first}; x=1; ${second}`)).toEqual(['session-1', 'session-2']);
    expect(await cookie.read(Array(100).fill(first).join('; '))).toHaveLength(3);
  });
});

describe('a cookie header', () => {
  it('is read by the name as a whole', () => {
    expect(cookieValues('xamanda=1; amanda=2; amandax=3; amanda="4"', 'amanda')).toEqual(['2', '4']);
  });
});
