import { defaultHostConfig } from '@amanda/host';
import { startTestServer, type TestServer, type TestUser } from '@amanda/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

import { heldHealth } from './security/held-health.ts';
import { type Talk, talk } from './security/sockets.ts';
import { at } from './security/typed-error.ts';

/** How many answers of a party are made at once, over whatever connections. No time is measured. */

const unreadOf = (bytes: number) => ({
  unread: { ...defaultHostConfig.unread, unreadBytes: bytes, answerBytes: 1 },
});

const codeOf = (message: unknown): unknown =>
  at(message, 'error', 'json', 'data', 'amanda', 'code') ?? at(message, 'result', 'type');

const health = (peer: Talk) => peer.ask({ method: 'query', path: 'system.health', input: '{}' });

async function socketsOf(server: TestServer, { cookie }: TestUser, count: number): Promise<Talk[]> {
  const sockets = await Promise.all(
    Array.from({ length: count }, () => talk(`${server.url}/trpc`, { cookie })),
  );
  onTestFinished(() => sockets.forEach(({ ws }) => ws.terminate()));
  return sockets;
}

/** Has a stranger's calls answered, so that whatever could begin meanwhile has begun. */
async function otherTurns(witness: Talk): Promise<void> {
  for (let round = 0; round < 30; round += 1) {
    await witness.ask({ method: 'query', path: 'system.info', input: '{}' });
  }
}

describe('over WebSockets', () => {
  it('there are no more of a party than there is room for, over however many sockets they are asked', async () => {
    await using server = await startTestServer({ config: unreadOf(3) });
    const held = heldHealth(server);
    using witness = await talk(`${server.url}/trpc`);
    const answers = (await socketsOf(server, await server.signUp(), 8)).map(health);
    for (let left = 8; left > 0; left -= 1) {
      // As many as may begin, and then nothing else for a while.
      while (held.waiting.length < Math.min(3, left)) await otherTurns(witness);
      await otherTurns(witness);
      expect(held.waiting).toHaveLength(Math.min(3, left));
      await held.letOneGo();
    }
    expect((await Promise.all(answers)).map(codeOf)).toEqual(Array(8).fill('data'));
    expect(held.most()).toBe(3);
  });

  it('what turned out to be no call gives its room back, and so does a socket that closes', async () => {
    await using server = await startTestServer({ config: unreadOf(1) });
    const held = heldHealth(server);
    using witness = await talk(`${server.url}/trpc`);
    const [idle, next, last] = await socketsOf(server, await server.signUp(), 3);
    if (idle === undefined || next === undefined || last === undefined) throw new Error('no sockets');
    for (const frame of ['{"id":1,"method":"subscription.stop"}', '[]', 'no JSON']) idle.ws.send(frame);
    await otherTurns(witness);
    const lost = health(next).catch(() => 'lost');
    await held.letOneGo();
    expect(codeOf(await lost)).toBe('data');
    const cut = health(next).catch(() => 'lost');
    while (held.waiting.length === 0) await otherTurns(witness);
    const answer = health(last);
    next.ws.terminate();
    expect(await cut).toBe('lost');
    await held.letOneGo();
    await held.letOneGo();
    expect(codeOf(await answer)).toBe('data');
  });
});

describe('a batch over HTTP', () => {
  it('counts as many answers as it has calls, so that a user has few of them made at once', async () => {
    await using server = await startTestServer({ config: unreadOf(10) });
    const held = heldHealth(server);
    const [user, other] = [await server.signUp(), await server.signUp()];
    const batch = (calls: number) => {
      const url = `${server.url}/trpc/${Array(calls).fill('system.health').join(',')}?batch=1&input={}`;
      return fetch(url, { headers: { cookie: user.cookie } }).then((answer) => answer.json());
    };
    const first = batch(10);
    while (held.waiting.length === 0) await new Promise(setImmediate);
    const second = batch(2);
    const witness = await fetch(`${server.url}/trpc/user.profile`, { headers: { cookie: other.cookie } });
    expect([witness.status, held.waiting.length]).toEqual([200, 1]);
    for (let call = 0; call < 12; call += 1) await held.letOneGo();
    expect([await first, await second].map((list) => at(list, 'length'))).toEqual([10, 2]);
    expect(held.most()).toBe(1);
  });

  it('counts no more than its bound of bytes and one page, however many calls it has', async () => {
    await using server = await startTestServer({ config: { ...unreadOf(10), batchBytes: 2 } });
    const held = heldHealth(server);
    const { cookie } = await server.signUp();
    const url = `${server.url}/trpc/${Array(10).fill('system.health').join(',')}?batch=1&input={}`;
    const batches = [1, 2, 3, 4].map(() => fetch(url, { headers: { cookie } }));
    using witness = await talk(`${server.url}/trpc`);
    while (held.waiting.length < 3) await otherTurns(witness);
    await otherTurns(witness);
    expect(held.waiting).toHaveLength(3);
    // The first answer of each fills it, and the others are refused.
    for (let batch = 0; batch < 4; batch += 1) await held.letOneGo();
    expect((await Promise.all(batches)).map(({ status }) => status)).toEqual([207, 207, 207, 207]);
    expect(held.most()).toBe(3);
  });
});
