import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type SocketServer, socketServer } from './servers.ts';

/** Speaks Engine.IO polling by hand. */
async function rawClient(server: SocketServer) {
  const headers = { cookie: 'session=good' };
  const base = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const handshake = await (await fetch(base, { headers })).text();
  const { sid } = JSON.parse(handshake.slice(1)) as { sid: string };
  const url = `${base}&sid=${sid}`;
  return {
    send: async (body: string) => (await fetch(url, { method: 'POST', headers, body })).status,
    poll: async () => (await fetch(url, { headers })).text(),
  };
}

describe('hostile packets', () => {
  test.each([
    ['an absurd number of attachments', '4599999999-["send_message",{"_placeholder":true,"num":0}]'],
    ['a broken payload', '42["send_message"'],
    ['an event without a name', '42[]'],
    ['an event named like an object’s own', '42["__proto__",{}]'],
    ['a reserved event', '42["connect"]'],
    ['an acknowledgement of nothing', '43999["x"]'],
    ['a namespace of their own', '40/admin,'],
    ['deep nesting', `42["send_message",${'['.repeat(10_000)}${']'.repeat(10_000)}]`],
    ['no packet at all', 'x'],
  ])('%s harms nobody else', async (_name, packet) => {
    await using server = await socketServer();
    server.amanda.addChat();
    const raw = await rawClient(server);
    expect(await raw.send('40')).toBe(200);
    await raw.poll();
    await raw.send(packet);
    const client = server.connect();
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    (await server.amanda.run(0)).end();
    await client.next('message_complete');
    expect(server.logged).toEqual([]);
  });

  test('a packet over the limit ends its connection only', async () => {
    await using server = await socketServer({ packetBytes: 10_000 });
    server.amanda.addChat();
    const [big, other] = [server.connect(), server.connect()];
    await other.next('connect');
    big.socket.emit('send_message', { chat_id: 1, message: 'x'.repeat(10_001) });
    await big.next('disconnect');
    expect(other.socket.connected).toBe(true);
    expect(server.amanda.messages).toEqual([]);
  });

  test('a flood of events is told to slow down', async () => {
    await using server = await socketServer({ events: 3 });
    for (let index = 0; index < 4; index += 1) server.amanda.addChat();
    const client = server.connect();
    for (const chat_id of [1, 2, 3, 4]) client.socket.emit('send_message', { chat_id, message: 'Hello' });
    expect(await client.next('error')).toEqual({
      message: 'Too many messages. Please slow down.',
      retry_after_seconds: 5,
    });
    expect(server.amanda.runs).toHaveLength(3);
  });
});

describe('a body of polling', () => {
  test('with too many packets is refused before Engine.IO takes it apart', async () => {
    await using server = await socketServer({ packetsAtOnce: 10 });
    const raw = await rawClient(server);
    expect(await raw.send(['40', ...Array<string>(9).fill('3')].join('\x1e'))).toBe(200);
    const packets: string[] = [];
    const [connection] = Object.values(
      server.socketIo.io.engine['clients'] as Record<string, NodeJS.EventEmitter>,
    );
    connection?.on('packet', ({ type }: { type: string }) => packets.push(type));
    const closed = Promise.withResolvers<void>();
    connection?.once('close', closed.resolve);
    expect(await raw.send(Array<string>(1_000).fill('3').join('\x1e'))).toBe(413);
    await closed.promise;
    expect(packets).toEqual([]);
    expect(server.refused).toEqual(['frame']);
  });

  test('is not read before the packets of the one before it have had their turns', async () => {
    const waiting: { work(): boolean }[] = [];
    let isFree = true;
    const entered = Promise.withResolvers<void>();
    const turns = {
      take: () => isFree,
      enter(_party: string, worker: { work(): boolean }) {
        waiting.push(worker);
        entered.resolve();
      },
    };
    await using server = await socketServer({}, 0, turns);
    server.amanda.addChat();
    const raw = await rawClient(server);
    await raw.send('40');
    await raw.poll();
    isFree = false;
    await raw.send('42["send_message",{"chat_id":1,"message":"first"}]');
    await entered.promise;
    const packets: string[] = [];
    const [connection] = Object.values(
      server.socketIo.io.engine['clients'] as Record<string, NodeJS.EventEmitter>,
    );
    connection?.on('packet', ({ type }: { type: string }) => packets.push(type));
    const second = raw.send('42["stop_message",{"chat_id":1}]');
    // Others are answered meanwhile.
    for (let round = 0; round < 10; round += 1) await fetch(server.url);
    expect([packets, server.amanda.messages]).toEqual([[], []]);
    isFree = true;
    expect(waiting[0]?.work()).toBe(false);
    expect(await second).toBe(200);
    expect(packets).toEqual(['message']);
    await server.amanda.run(0);
  });

  test('cannot hide its packets behind JSONP', async () => {
    await using server = await socketServer();
    const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&j=0`, {
      headers: { cookie: 'session=good' },
    });
    expect(response.status).toBe(400);
  });
});

describe('a slow reader', () => {
  test('who asks for the same answer again and again has one of them made at a time', async () => {
    await using server = await socketServer({ bufferedUnits: 1_000 });
    server.amanda.addChat();
    const text = 'x'.repeat(10_000);
    server.amanda.addMessage(1, { role: 'assistant', text });
    const raw = await rawClient(server);
    await raw.send('40');
    await raw.poll();
    const resume = `42["resume_message",{"message_id":1,"offset":${text.length}}]`;
    await raw.send(Array<string>(20).fill(resume).join('\x1e'));
    let received = '';
    while (received.split('message_complete').length <= 20) {
      const batch = await raw.poll();
      expect(batch.split('message_complete').length).toBeLessThanOrEqual(2);
      received += batch;
    }
  });

  test('that does not poll is not fed, and catches up', async () => {
    await using server = await socketServer({ bufferedUnits: 1000 });
    server.amanda.addChat();
    const raw = await rawClient(server);
    await raw.send('40');
    await raw.poll();
    await raw.send('42["send_message",{"chat_id":1,"message":"Hello"}]');
    const run = await server.amanda.run(0);
    for (let index = 0; index < 100; index += 1) run.write('x'.repeat(100));
    run.end();
    let received = '';
    let polls = 0;
    while (!received.includes('message_complete')) {
      const batch = await raw.poll();
      expect(batch.length).toBeLessThan(12_000);
      received += batch;
      polls += 1;
    }
    const tokens = [...received.matchAll(/"message_token",\{"text":"(x+)"/g)]
      .map(([, text]) => text)
      .join('');
    expect(tokens).toHaveLength(10_000);
    expect(polls).toBeGreaterThan(5);
  });

  test('whose socket stays full is sent away after a while', async () => {
    await using server = await socketServer({ bufferedUnits: 100_000, stuckMs: 30_000 });
    server.amanda.addChat();
    const { port } = new URL(server.url);
    const socket = connectTcp({ port: Number(port), host: '127.0.0.1' });
    const opened = Promise.withResolvers<void>();
    socket.once('data', () => opened.resolve());
    socket.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nCookie: session=good\r\n' +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await opened.promise;
    const frame = (text: string) => {
      const body = Buffer.from(text);
      // A mask of zeros leaves the payload as it is (RFC 6455, section 5.3).
      return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
    };
    socket.write(frame('40'));
    socket.write(frame('42["send_message",{"chat_id":1,"message":"Hello"}]'));
    const run = await server.amanda.run(0);
    socket.pause();
    let written = 0;
    const { clock } = server;
    // Until the gate has closed, which is when it sets its timer.
    while (clock.pending() === 0) {
      run.write('x'.repeat(500_000));
      written += 1;
      await new Promise(setImmediate);
      expect(written).toBeLessThan(400);
    }
    const [signal] = server.signals;
    expect(signal?.aborted).toBe(false);
    const aborted = Promise.withResolvers<void>();
    signal?.addEventListener('abort', () => aborted.resolve());
    clock.advance(30_000);
    socket.resume();
    await aborted.promise;
    socket.destroy();
    // The answer goes on without its reader.
    run.end();
    expect(server.amanda.messages.at(-1)?.status).toBe('complete');
  });
});
