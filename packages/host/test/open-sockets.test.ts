import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';

import { boundOpenSockets } from '../src/connections/open-sockets.ts';

/** A server with four places, and whom it refused. */
async function smallServer(isProxy: boolean) {
  const server = createServer();
  const refused: string[] = [];
  boundOpenSockets(server, {
    limits: { perAddress: 100, total: 4 },
    trusts: () => isProxy,
    onRefused: (bound) => refused.push(bound),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  /** Whether a new connection is taken. */
  async function open(): Promise<boolean> {
    const taken = once(server, 'connection') as Promise<[Socket]>;
    const socket = connect({ port, host: '127.0.0.1' }).resume();
    sockets.push(socket.on('error', () => {}));
    const dropped = new Promise<undefined>((resolve) => socket.once('close', () => resolve(undefined)));
    const [there] = (await Promise.race([taken, dropped])) ?? [];
    return there !== undefined && !there.destroyed;
  }
  return { open, refused };
}

it('gives one address no more than half of the connections that there can be', async () => {
  const { open, refused } = await smallServer(false);
  expect([await open(), await open(), await open()]).toEqual([true, true, false]);
  expect(refused).toEqual(['perAddress']);
});

it('gives a trusted proxy all the connections that there can be, and no more', async () => {
  const { open, refused } = await smallServer(true);
  const opened = [await open(), await open(), await open(), await open(), await open()];
  expect(opened).toEqual([true, true, true, true, false]);
  expect(refused).toEqual(['total']);
});
