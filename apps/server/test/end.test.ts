import { once } from 'node:events';
import { connect } from 'node:net';
import { deferred, eventsClient, startTestServer, type TestServer } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

const upgrade = (path: string, cookie: string) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
const get = (path: string, cookie: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\n\r\n`;

/** Opens a TCP connection and says something; what comes back is kept, and nothing is ever answered. */
function mutePeer(server: TestServer, request: string) {
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.write(request);
  const peer = {
    socket,
    heard: '',
    closed: new Promise<void>((resolve) => socket.on('close', () => resolve())),
  };
  socket.on('data', (data) => {
    peer.heard += data.toString('latin1');
  });
  return peer;
}

const lasting = [
  ['a tRPC WebSocket', (cookie: string) => upgrade('/trpc', cookie), /^HTTP\/1.1 503/],
  ['an event stream', (cookie: string) => get('/trpc/events.watch', cookie), /SHUTTING_DOWN/],
  [
    'Socket.IO by polling',
    (cookie: string) => get('/socket.io/?EIO=4&transport=polling', cookie),
    /restarting/,
  ],
  [
    'Socket.IO over a WebSocket',
    (cookie: string) => upgrade('/socket.io/?EIO=4&transport=websocket', cookie),
    /restarting/,
  ],
] as const;

describe.each(lasting)('%s', (_name, request, refusal) => {
  it('that waits for its session is not let in once the end has begun', async () => {
    await using server = await startTestServer();
    const { cookie } = await server.signUp();
    const lookUp = server.core.sessions.open.bind(server.core.sessions);
    const shutDown = server.core.runs.shutdown.bind(server.core.runs);
    const [asked, ending, answer] = [deferred(), deferred(), deferred()];
    Reflect.set(server.core.sessions, 'open', async (id: string) => {
      asked.resolve();
      await answer.promise;
      return await lookUp(id);
    });
    // The end stands still until the peer has its answer.
    Reflect.set(server.core.runs, 'shutdown', async (ms: number) => {
      await ending.promise;
      await shutDown(ms);
    });
    const peer = mutePeer(server, request(cookie));
    await asked.promise;
    const closed = server.close();
    answer.resolve();
    while (!refusal.test(peer.heard)) await once(peer.socket, 'data');
    expect(peer.heard).toMatch(refusal);
    ending.resolve();
    await closed;
    await peer.closed;
  });

  it('that waits for its session for longer than the server lives does not hold it', async () => {
    await using server = await startTestServer();
    const { cookie } = await server.signUp();
    const lookUp = server.core.sessions.open.bind(server.core.sessions);
    const [asked, answer] = [deferred(), deferred()];
    Reflect.set(server.core.sessions, 'open', async (id: string) => {
      const session = await lookUp(id);
      asked.resolve();
      await answer.promise;
      return session;
    });
    const peer = mutePeer(server, request(cookie));
    await asked.promise;
    await server.close();
    answer.resolve();
    await peer.closed;
    expect(peer.heard).not.toContain('HTTP/1.1 101');
  });

  it('whose peer answers nothing does not hold the end', async () => {
    await using server = await startTestServer();
    const { cookie } = await server.signUp();
    const peer = mutePeer(server, request(cookie));
    await once(peer.socket, 'data');
    await server.close();
    await peer.closed;
    // Neither Engine.IO's word for a close nor the end of a chunked answer: a link that broke.
    expect(peer.heard).not.toMatch(/\r\n\r\n1$|\r\n0\r\n\r\n$/);
  });
});

it('clients that connect the whole time do not hold the end', async () => {
  await using server = await startTestServer();
  const { cookie } = await server.signUp();
  const seen = { isOver: false, attempts: 0 };
  const crowd = async () => {
    for (let index = 0; !seen.isOver; index = (index + 1) % lasting.length) {
      const peer = mutePeer(server, (lasting[index] ?? lasting[0])[1](cookie));
      seen.attempts += 1;
      await Promise.race([new Promise((resolve) => peer.socket.once('data', resolve)), peer.closed]);
    }
  };
  const crowds = [1, 2, 3, 4].map(crowd);
  while (seen.attempts < 50) await new Promise(setImmediate);
  await server.close();
  seen.isOver = true;
  await Promise.all(crowds);
  await expect(fetch(server.url)).rejects.toThrow('fetch failed');
});

it('an event stream is cut, which an EventSource takes for a broken link and not for the last event', async () => {
  await using server = await startTestServer();
  const { cookie } = await server.signUp();
  await using client = eventsClient({ url: server.url, cookie });
  const [ready, broken] = [deferred(), deferred<string>()];
  const subscription = client.api.events.watch.subscribe(
    {},
    {
      onData: () => ready.resolve(),
      onComplete: () => broken.resolve('complete'),
      onError: () => broken.resolve('error'),
      onConnectionStateChange: ({ state, error }) => {
        if (state === 'connecting' && error !== null) broken.resolve('reconnecting');
      },
    },
  );
  await ready.promise;
  await server.close();
  expect(await broken.promise).toBe('reconnecting');
  subscription.unsubscribe();
});
