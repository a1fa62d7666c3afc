import { once } from 'node:events';

import { defaultHostConfig } from '@amanda/host';
import { deferred, startTestServer } from '@amanda/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WebSocket } from 'ws';

import { joined } from './security/engine-io.ts';
import { type Talk, talk } from './security/sockets.ts';
import { at } from './security/typed-error.ts';

/** What has come of messages that are not whole yet is bounded over all sockets of a party, and in time. */

/** Room for two messages. */
const sockets = { ...defaultHostConfig.sockets, maxPayload: 300_000, partialBytes: 600_000 };

/** Sends a part of a message, and waits until the server has read it. */
async function sendPart(ws: WebSocket, bytes: number): Promise<void> {
  ws.send('4'.padEnd(bytes), { fin: false });
  const pong = once(ws, 'pong');
  ws.ping();
  await pong;
}

/** A call that takes 250 KB on its way. */
const askLong = (peer: Talk) =>
  peer.ask({ method: 'query', path: 'user.profile', input: '{}'.padEnd(250_000) });

const emailIn = (answer: unknown) => at(answer, 'result', 'data', 'json', 'email');

describe('messages that are not whole', () => {
  it('have room for so many bytes of a party, over all its sockets; short ones and those of others never wait', async () => {
    await using server = await startTestServer({ config: { sockets } });
    const [greedy, other] = [await server.signUp(), await server.signUp()];
    const open = async ({ cookie }: { cookie: string }) => {
      const peer = await talk(`${server.url}/trpc`, { cookie });
      onTestFinished(() => peer.ws.terminate());
      return peer;
    };
    const [first, waiting, short, foreign] = [
      await open(greedy),
      await open(greedy),
      await open(greedy),
      await open(other),
    ];
    using second = await joined(server.url, greedy.cookie);
    using waitingToo = await joined(server.url, greedy.cookie);
    await sendPart(first.ws, 250_000);
    await sendPart(second.ws, 250_000);

    const answered: string[] = [];
    const answer = askLong(waiting).finally(() => answered.push('tRPC'));
    waitingToo.send(`421["stop_message",{"chat_id":1,"pad":"${'x'.repeat(250_000)}"}]`);
    const event = waitingToo.first('431').finally(() => answered.push('Socket.IO'));
    expect(emailIn(await askLong(foreign))).toBe(other.email);
    for (let round = 0; round < 30; round += 1) {
      await short.ask({ method: 'query', path: 'user.profile', input: '{}' });
    }
    expect(answered).toEqual([]);
    first.ws.terminate();
    expect(emailIn(await answer)).toBe(greedy.email);
    second.ws.terminate();
    expect(await event).toMatch(/^431/);
    // What has become whole gives its room back.
    for (let round = 0; round < 5; round += 1) expect(emailIn(await askLong(waiting))).toBe(greedy.email);
  });

  it('are cut when they do not become whole in time, over Socket.IO too, and counted', async () => {
    await using server = await startTestServer({
      config: { sockets: { ...sockets, messageMs: 50, tickMs: 10 } },
    });
    const counted: string[] = [];
    const twice = deferred();
    const count = server.core.refusals.count.bind(server.core.refusals);
    server.core.refusals.count = (refusal) => {
      counted.push(refusal.kind);
      if (counted.length === 2) twice.resolve();
      count(refusal);
    };
    const { cookie } = await server.signUp();
    using alive = await talk(`${server.url}/trpc`, { cookie });
    alive.ws.ping();
    await once(alive.ws, 'pong');
    using call = await talk(`${server.url}/trpc`, { cookie });
    using event = await joined(server.url, cookie);
    call.ws.send('[', { fin: false });
    event.ws.send('42', { fin: false });
    expect(await call.closed).toBe(1006);
    await event.closed;
    await twice.promise;
    expect(counted).toEqual(['frame', 'frame']);
    // Whoever only pings has begun no message.
    expect(
      at(await alive.ask({ method: 'query', path: 'user.profile', input: '{}' }), 'result'),
    ).toBeDefined();
  });
});
