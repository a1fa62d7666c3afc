import { describe, expect, it } from 'vitest';

import { createOriginPolicy } from '../src/origin/origin-policy.ts';

describe('the origin policy', () => {
  const policy = createOriginPolicy({ listed: ['https://app.example.org'], publicUrl: null });
  const host = 'chat.example.org:5000';

  it.each([
    ['a program', {}, true],
    ['our own page', { origin: 'http://chat.example.org:5000' }, true],
    ['a client that names the WebSocket it opens', { origin: 'ws://chat.example.org:5000' }, true],
    ['a client that writes capitals', { origin: 'HTTP://Chat.Example.org:5000' }, true],
    ['a WebSocket of another host', { origin: 'ws://evil.example:5000' }, false],
    ['a WebSocket of our host on another scheme', { origin: 'wss://chat.example.org:5000' }, false],
    ['an address with a path', { origin: 'ws://chat.example.org:5000/trpc' }, false],
    ['an address with a name before it', { origin: 'http://x@chat.example.org:5000' }, false],
    ['our own page that sends no origin', { 'sec-fetch-site': 'same-origin' }, true],
    ['an address typed in', { 'sec-fetch-site': 'none' }, true],
    ['a listed page', { origin: 'https://app.example.org', 'sec-fetch-site': 'cross-site' }, true],
    ['another page', { origin: 'https://evil.example' }, false],
    ['a page that hides its origin', { origin: 'null' }, false],
    ['our host on another scheme', { origin: 'https://chat.example.org:5000' }, false],
    ['a page whose name begins like a listed one', { origin: 'https://app.example.org.evil.example' }, false],
    ['an image on another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }, false],
    [
      'another page that claims to be ours',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
      false,
    ],
  ])('of %s', (_name, headers, allowed) => {
    expect(policy.allows({ host, ...headers }, 'http')).toBe(allowed);
  });

  it('believes PUBLIC_URL more than the Host header', () => {
    const fixed = createOriginPolicy({ listed: [], publicUrl: new URL('https://chat.example.org') });
    expect(fixed.allows({ host: 'evil.example', origin: 'https://evil.example' }, 'https')).toBe(false);
    for (const origin of [
      'https://chat.example.org',
      'wss://chat.example.org',
      'wss://chat.example.org:443',
    ]) {
      expect([origin, fixed.allows({ host: '127.0.0.1:5000', origin }, 'http')]).toEqual([origin, true]);
    }
    for (const origin of ['ws://chat.example.org', 'wss://chat.example.org:80', 'wss://127.0.0.1:5000']) {
      expect([origin, fixed.allows({ host: '127.0.0.1:5000', origin }, 'http')]).toEqual([origin, false]);
    }
  });

  it('lets an app in that is listed under a scheme of its own, and no other of that scheme', () => {
    const listed = ['capacitor://localhost', 'chrome-extension://abcdefghijklmnop'];
    const apps = createOriginPolicy({ listed, publicUrl: null });
    for (const origin of listed) expect(apps.allows({ host, origin }, 'http')).toBe(true);
    for (const origin of ['chrome-extension://abcdefghijklmnoq', 'ionic://localhost', 'null', 'file://']) {
      expect([origin, apps.allows({ host, origin }, 'http')]).toEqual([origin, false]);
    }
  });
});
