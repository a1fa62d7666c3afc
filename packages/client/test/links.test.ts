import { deferred, type FaultProxy, faultProxy, type TestServerOptions } from '@amanda/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AmandaClient, AmandaClientOptions, WakeSignal } from '../src/index.ts';
import { clientOf, conversation } from './connected.ts';
import { fakeClock } from './fake-clock.ts';

const words = Array.from({ length: 300 }, (_, index) => `word ${index} 🌻 `);
const whole = words.join('');

/** Pieces that come one by one, each when the one before was shown somewhere; then all the rest. */
function piecewise() {
  const steps = Array.from({ length: 4 }, () => deferred());
  const script = async function* () {
    for (const [index, word] of words.entries()) {
      if (index % 60 === 59) await steps[Math.floor(index / 60)]?.promise;
      yield word;
    }
  };
  return { script, go: (step: number) => steps[step]?.resolve() };
}

/** A conversation whose client goes through a link that can be broken. */
async function overLink(options: TestServerOptions & { client?: AmandaClientOptions } = {}) {
  const { client: clientOptions, ...serverOptions } = options;
  const direct = await conversation(serverOptions);
  const proxy = await faultProxy({ target: { port: direct.server.port } });
  const client = clientOf(`http://127.0.0.1:${proxy.port}`, direct.user, clientOptions);
  onTestFinished(async () => {
    client.close();
    await proxy.close();
    await direct[Symbol.asyncDispose]();
  });
  return { ...direct, direct: direct.client, proxy, client, chat: client.chat(direct.chatId) };
}

/** Resolves once the connection has a status. */
function reaches(client: AmandaClient, status: string): Promise<void> {
  const reached = deferred();
  const look = () => {
    if (client.connection.getSnapshot().status === status) reached.resolve();
  };
  onTestFinished(client.connection.subscribe(look));
  look();
  return reached.promise;
}

describe.each(['websocket', 'sse'] as const)('an answer over %s', (transport) => {
  it('goes on without a gap or a repeat when the link is cut, again and again', async () => {
    const { go, script } = piecewise();
    const { chat, client, proxy } = await overLink({ script, client: { transport } });
    const shown: string[] = [];
    let cuts = 0;
    for await (const { text } of chat.send('Tell me')) {
      shown.push(text);
      const step = Math.floor(text.length / (words.slice(0, 59).join('').length - 1)) - 1;
      if (step < cuts || cuts >= 4) continue;
      cuts += 1;
      proxy.drop();
      go(step);
    }

    expect(cuts).toBeGreaterThan(1);
    expect(shown.every((text, index) => text.startsWith(shown[index - 1] ?? ''))).toBe(true);
    expect(shown.at(-1)).toBe(whole);
    expect(client.connection.getSnapshot().transport).toBe(transport);
  });

  it('waits without a limit while the server is away, and says so', async () => {
    const { go, script } = piecewise();
    const { chat, client, proxy } = await overLink({ script, client: { transport } });
    const turn = chat.send('Tell me');
    const finished = turn.finished();
    await reaches(client, 'open');
    proxy.cut();
    await reaches(client, 'reconnecting');
    for (const step of [0, 1, 2, 3]) go(step);
    proxy.up();
    await reaches(client, 'open');
    expect((await finished).text).toBe(whole);
  });
});

describe('a link that falls silent', () => {
  it('is noticed by the watchdog, and replaced', async () => {
    const { go, script } = piecewise();
    const clock = fakeClock();
    const silenceMs = 50_000;
    const { chat, proxy } = await overLink({
      script,
      // tRPC's own pings, which have real timers, are no help here.
      client: { environment: { clock }, timing: { silenceMs, ping: { intervalMs: 1e9, timeoutMs: 1e9 } } },
    });
    const turn = chat.send('Tell me');
    const finished = turn.finished();
    const begun = words.slice(0, 59).join('');
    for await (const { text } of turn) if (text === begun) break;
    // The connections of now stay dead for good, and nobody says so; fresh ones go through.
    proxy.abandon();
    const before = proxy.accepted;
    for (const step of [0, 1, 2, 3]) go(step);
    // Once for the subscription, and once for the link when a fresh subscription is silent too.
    clock.advance(silenceMs);
    clock.advance(silenceMs);
    await expect.poll(() => proxy.accepted).toBeGreaterThan(before);
    expect((await finished).text).toBe(whole);
  });

  it('is replaced at once when the device wakes up, without waiting out a pause', async () => {
    const { go, script } = piecewise();
    let wake = (_signal: WakeSignal) => {};
    const { chat, client, proxy } = await overLink({
      script,
      client: {
        environment: {
          wake: (listener) => {
            wake = listener;
            return () => {};
          },
        },
        timing: { backoff: { firstMs: 60_000, longestMs: 60_000 } },
      },
    });
    const finished = chat.send('Tell me').finished();
    await reaches(client, 'open');
    const before = proxy.accepted;
    proxy.cut();
    await reaches(client, 'reconnecting');
    wake('offline');
    expect(client.connection.getSnapshot().status).toBe('offline');
    proxy.up();
    // A minute would pass before the next attempt.
    wake('wake');
    for (const step of [0, 1, 2, 3]) go(step);
    expect((await finished).text).toBe(whole);
    expect(proxy.accepted).toBeGreaterThan(before);
  });

  it('is let go while the page sleeps, so that the browser may keep the page', async () => {
    const { go, script } = piecewise();
    let wake = (_signal: WakeSignal) => {};
    const { chat, client, proxy } = await overLink({
      script,
      client: {
        environment: {
          wake: (listener) => {
            wake = listener;
            return () => {};
          },
        },
      },
    });
    const finished = chat.send('Tell me').finished();
    await reaches(client, 'open');
    const before = proxy.connections;
    wake('sleep');
    await expect.poll(() => proxy.connections).toBeLessThan(before);
    for (const step of [0, 1, 2, 3]) go(step);
    wake('wake');
    expect((await finished).text).toBe(whole);
  });
});

describe('sending', () => {
  it('over a link that loses every answer makes one message', async () => {
    const { chat, chatId, direct, proxy, server } = await overLink();
    const calls = vi.spyOn(server.core.runs, 'send');
    const arrived = deferred();
    const turn = chat.send('Only once');
    void untilStored(direct, chatId).then(() => arrived.resolve());
    await loseAnswersUntil(proxy, arrived.promise);
    await turn.started;
    expect((await turn.finished()).status).toBe('complete');
    expect(calls.mock.calls.length).toBeGreaterThan(1);
    const { items } = await direct.trpc.message.list.query({ chatId });
    expect(items.map(({ text }) => text)).toEqual(['Only once', 'Hello!']);
  });

  it('waits for the link as long as it takes, unless it is given up', async () => {
    const { chat, chatId, client, direct, proxy } = await overLink();
    proxy.cut();
    const given = new AbortController();
    const turn = chat.send('When you are back');
    const dropped = chat.send('Never mind', { signal: given.signal });
    await reaches(client, 'connecting');
    given.abort();
    await expect(dropped.started).rejects.toMatchObject({ code: 'ABORTED' });
    proxy.up();
    await turn.finished();
    const { items } = await direct.trpc.message.list.query({ chatId });
    expect(items.map(({ text }) => text)).toEqual(['When you are back', 'Hello!']);
  });

  it('says what the server says, at once', async () => {
    const { client } = await overLink();
    await expect(client.chat(999_999).send('Hi').started).rejects.toMatchObject({
      name: 'AmandaError',
      code: 'NOT_FOUND',
      retry: false,
    });
  });
});

/** Resolves when the chat has messages. */
async function untilStored(client: AmandaClient, chatId: number): Promise<void> {
  for await (const { event } of client.watch()) {
    if (event.type === 'ready') {
      const { items } = await client.trpc.message.list.query({ chatId });
      if (items.length > 0) return;
    }
    if (event.type === 'change' && event.change.type === 'message.added') return;
  }
}

/** Lets requests through and drops the connections before their answers, until the promise resolves. */
async function loseAnswersUntil(proxy: FaultProxy, over: Promise<void>): Promise<void> {
  proxy.shape({ latencyMs: 200 });
  await over;
  // The question is stored; its answer is still on the way.
  proxy.drop();
  proxy.shape({});
}
