import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { OneFrameServer } from '../src/sockets/one-frame.ts';

it('hands out one frame in a round of the event loop, pings too, though all came in one go', async () => {
  const server = new OneFrameServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const [[socket]] = await Promise.all([accepted, once(client, 'open')]);
  const all = Promise.withResolvers<void>();
  const inRound: number[] = [];
  let frames = 0;
  const count = () => {
    if (frames === 0) {
      setImmediate(() => {
        inRound.push(frames);
        frames = 0;
      });
    }
    frames += 1;
  };
  socket.on('ping', count);
  socket.on('message', (data: Buffer) => {
    count();
    if (data.toString() === 'last') setImmediate(() => setImmediate(all.resolve));
  });
  // They lie in the network together before the server reads the first.
  for (let index = 0; index < 10; index += 1) {
    client.send('x');
    client.ping();
  }
  client.send('last');
  await all.promise;
  client.terminate();
  server.close();
  expect(inRound).toEqual(Array<number>(21).fill(1));
});
