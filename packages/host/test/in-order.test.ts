import { once } from 'node:events';
import { createServer, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';

import { serveInOrder } from '../src/http/in-order.ts';

/** A server that answers when told to. */
async function patientServer(waiting: number) {
  const begun: string[] = [];
  const answers: ServerResponse[] = [];
  let isBegun = Promise.withResolvers<void>();
  let made = 0;
  class Counted extends ServerResponse {
    constructor(...options: ConstructorParameters<typeof ServerResponse>) {
      super(...options);
      made += 1;
    }
  }
  const server = createServer({ ServerResponse: Counted }, (request, response) => {
    begun.push(request.url ?? '');
    answers.push(response);
    isBegun.resolve();
    isBegun = Promise.withResolvers();
  });
  const cut = Promise.withResolvers<void>();
  let isCut = false;
  function onCut() {
    isCut = true;
    cut.resolve();
  }
  serveInOrder(server, { waiting, onCut });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const connection = () => connect({ port, host: '127.0.0.1' }).on('error', () => {});
  const socket = connection();
  return {
    answers,
    begun,
    connection,
    cut: cut.promise,
    isCut: () => isCut,
    made: () => made,
    next: () => isBegun.promise,
    socket,
  };
}

const requests = (count: number, first = 0) =>
  Array.from({ length: count }, (_, place) => `GET /${first + place} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');

it('begins a pipelined request when the one before it is answered, and loses none', async () => {
  const { answers, begun, next, socket } = await patientServer(64);
  socket.resume();
  let wait = next();
  socket.write(requests(40));
  for (let place = 0; place < 40; place += 1) {
    await wait;
    expect(begun).toHaveLength(place + 1);
    wait = next();
    answers[place]?.end('x');
  }
  expect(begun).toEqual(Array.from({ length: 40 }, (_, place) => `/${place}`));
});

it('makes one answer only for a connection that reads none', async () => {
  const { answers, begun, next, socket } = await patientServer(64);
  socket.pause();
  const first = next();
  socket.write(requests(20));
  await first;
  // More than the buffers of both ends take.
  answers[0]?.end(Buffer.alloc(32e6));
  await new Promise(setImmediate);
  expect(answers[0]?.writableFinished).toBe(false);
  expect(begun).toEqual(['/0']);
  const second = next();
  socket.resume();
  await second;
  expect(begun).toEqual(['/0', '/1']);
});

it('reads nothing more of a connection while its requests wait, so that who is patient is not cut', async () => {
  const { answers, begun, connection, isCut, next, socket } = await patientServer(8);
  socket.resume();
  const first = next();
  socket.write(requests(6));
  await first;
  await new Promise((written) => socket.write(requests(6, 6), written));
  // Whoever comes after that is served: the server has had its chance to read what was written before.
  const second = next();
  connection().write(requests(1, 100));
  await second;
  expect(isCut()).toBe(false);
  for (let place = 0; place < 12; place += 1) {
    const wait = next();
    answers[place === 0 ? 0 : place + 1]?.end('x');
    if (place < 11) await wait;
  }
  expect(begun).toEqual(['/0', '/100', ...Array.from({ length: 11 }, (_, place) => `/${place + 1}`)]);
});

it('cuts a connection that asks for more at once than may wait', async () => {
  const { begun, cut, socket } = await patientServer(8);
  socket.write(requests(50));
  await cut;
  await once(socket.resume(), 'close');
  expect(begun).toEqual(['/0']);
});

it('makes nothing more of what it has read of a connection that it cuts', async () => {
  const { cut, made, socket } = await patientServer(8);
  // Less than is read at once.
  socket.write(requests(1_000));
  await cut;
  await once(socket.resume(), 'close');
  // One under way, eight that wait, and the one too many.
  expect(made()).toBe(10);
});
