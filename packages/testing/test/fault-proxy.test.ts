import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';

import { deferred } from '../src/deferred.ts';
import { faultProxy } from '../src/proxy/fault-proxy.ts';

/** A server that sends back what it is told. */
async function echo() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A client that collects what it hears. */
async function dial(port: number) {
  const socket = connect({ port, host: '127.0.0.1' });
  const heard: Buffer[] = [];
  let waiting: (() => void) | null = null;
  socket.on('data', (bytes) => {
    heard.push(bytes);
    waiting?.();
  });
  const closed = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('close', () => resolve('closed'));
  });
  await Promise.race([once(socket, 'connect'), closed]);
  return {
    socket,
    heard,
    closed,
    async hears(length: number) {
      while (Buffer.concat(heard).length < length) await new Promise<void>((resolve) => (waiting = resolve));
      return Buffer.concat(heard).toString();
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

describe('the fault proxy', () => {
  it('carries bytes both ways, and the end after them', async () => {
    await using server = await echo();
    await using proxy = await faultProxy({ target: server });
    using client = await dial(proxy.port);
    client.socket.end('hello');
    expect(await client.hears(5)).toBe('hello');
    expect(await client.closed).toBe('closed');
    expect(proxy.accepted).toBe(1);
  });

  it('keeps the order when it slices and delays, and cuts alike for one seed', async () => {
    await using server = await echo();
    await using proxy = await faultProxy({ target: server, shape: { sliceBytes: 7, latencyMs: 2 }, seed: 4 });
    using client = await dial(proxy.port);
    const text = Array.from({ length: 200 }, (_, index) => `${index};`).join('');
    client.socket.write(text);
    expect(await client.hears(text.length)).toBe(text);
    expect(client.heard.length).toBeGreaterThan(1);
  });

  it('resets connections and refuses new ones while it is cut', async () => {
    await using server = await echo();
    await using proxy = await faultProxy({ target: server });
    using client = await dial(proxy.port);
    client.socket.write('a');
    await client.hears(1);
    proxy.cut();
    expect(await client.closed).toBe('ECONNRESET');
    using refused = await dial(proxy.port);
    expect(['ECONNRESET', 'closed']).toContain(await refused.closed);
    expect(proxy.connections).toBe(0);
    proxy.up();
    using again = await dial(proxy.port);
    again.socket.write('b');
    expect(await again.hears(1)).toBe('b');
  });

  it('lets neither end notice anything while it is frozen, and loses nothing', async () => {
    await using server = await echo();
    await using proxy = await faultProxy({ target: server });
    using client = await dial(proxy.port);
    client.socket.write('a');
    await client.hears(1);
    proxy.freeze();
    const echoed = deferred<Buffer>();
    const [inside] = server.sockets;
    inside?.once('data', (bytes) => echoed.resolve(bytes));
    client.socket.write('b');
    const first = await Promise.race([
      echoed.promise,
      client.closed,
      new Promise((resolve) => setImmediate(() => setImmediate(() => resolve('silence')))),
    ]);
    expect(first).toBe('silence');
    proxy.up();
    expect((await echoed.promise).toString()).toBe('b');
    expect(await client.hears(2)).toBe('ab');
  });
});
