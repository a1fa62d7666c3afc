import { connect } from 'node:net';

import type { Attack, Scene } from './attack.ts';
import { ask, many, pause, rawGet, tally, until, type Wire, wire } from './peer.ts';

async function joined({ mallory, server, signal }: Scene): Promise<Wire> {
  const url = `${server.url}/socket.io/?EIO=4&transport=websocket`;
  const one = await wire(url, { cookie: mallory.cookie });
  if (one.ws.readyState === one.ws.OPEN) one.ws.send('40');
  await until(() => one.code > 0 || one.first.some((packet) => packet.startsWith('40')), signal);
  return one;
}

/** Sends many Socket.IO events at once, each with an acknowledgement. */
const eventFlood = (
  name: string,
  count: number,
  event: (scene: Scene, index: number) => unknown[],
): Attack => ({
  name,
  forMs: 20_000,
  async run(scene) {
    const one = await joined(scene);
    for (let index = 0; index < count && one.ws.readyState === one.ws.OPEN; index += 1) {
      one.ws.send(`42${index}${JSON.stringify(event(scene, index))}`);
    }
    await until(() => one.code > 0 || one.messages >= count, scene.signal);
    one.ws.terminate();
    return `${one.messages} packets back, code ${one.code}`;
  },
});

/** Engine.IO by polling: a handshake, a join, and a POST of whatever is wanted. */
async function post(scene: Scene, body: string): Promise<number> {
  const { mallory, server, signal } = scene;
  const path = '/socket.io/?EIO=4&transport=polling';
  const response = await fetch(server.url + path, { headers: { cookie: mallory.cookie }, signal });
  const sid = /"sid":"([^"]+)"/.exec(await response.text())?.[1];
  if (sid === undefined) return response.status;
  const headers = { cookie: mallory.cookie, 'content-type': 'text/plain;charset=UTF-8' };
  await ask(server.port, `${path}&sid=${sid}`, { method: 'POST', body: '40', headers, signal });
  return (await ask(server.port, `${path}&sid=${sid}`, { method: 'POST', body, headers, signal })).status;
}

const packetFlood = (name: string, packet: string, count: number): Attack => ({
  name,
  forMs: 20_000,
  async run(scene) {
    const body = Array<string>(count).fill(packet).join('\u001e');
    const statuses = tally();
    for (let times = 0; times < 5 && !scene.signal.aborted; times += 1) {
      statuses.add(await post(scene, body).catch(() => 'cut'));
    }
    return statuses.toString();
  },
});

/** Requests in one go, whose answers are read. */
const pipelined = (name: string, request: (scene: Scene) => string): Attack => ({
  name,
  forMs: 20_000,
  async run(scene) {
    const answers = tally();
    const text = request(scene).repeat(5_000);
    const one = () =>
      new Promise<void>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: scene.server.port });
        let seen = 0;
        const end = () => {
          answers.add(seen >= 5_000 ? 'all' : 'cut');
          socket.destroy();
          resolve();
        };
        socket.on('data', (bytes: Buffer) => {
          seen += bytes.toString('latin1').split('HTTP/1.1 ').length - 1;
          if (seen >= 5_000) end();
        });
        socket.on('error', () => {});
        socket.once('close', end);
        scene.signal.addEventListener('abort', () => socket.destroy());
        socket.write(text);
      });
    await Promise.all(Array.from({ length: 10 }, one));
    return `10 × 5,000 requests: ${answers.toString()}`;
  },
});

/** Much at once over transports that take many things in one go. */
export const floodAttacks: readonly Attack[] = [
  eventFlood('5,000 send_message at once', 5_000, ({ emptyChat }, index) => [
    'send_message',
    { chat_id: emptyChat, message: `m${index}` },
  ]),
  eventFlood('20,000 resume_message at once', 20_000, ({ edited }) => [
    'resume_message',
    { message_id: edited, offset: 0 },
  ]),
  eventFlood('50,000 unknown events at once', 50_000, () => ['nothing', {}]),
  packetFlood('5 polling POSTs of 100,000 packets', '2', 100_000),
  packetFlood('5 polling POSTs of 10,000 events', '42["stop_message",{"message_id":1}]', 10_000),
  packetFlood('5 polling POSTs of 100,000 joins', '40', 100_000),
  pipelined('pipelining: 10 × 5,000 GET /health', () => rawGet('/health')),
  pipelined('pipelining: 10 × 5,000 chat.list', ({ mallory }) =>
    rawGet('/trpc/chat.list', { cookie: mallory.cookie }),
  ),
  {
    name: 'upgrade storm: 3,000 sockets opened and dropped',
    forMs: 20_000,
    async run({ mallory, server, signal }) {
      const codes = tally();
      await many({ count: 3_000, atOnce: 100, signal }, async (index) => {
        const path = index % 3 === 0 ? '/socket.io/?EIO=4&transport=websocket' : '/trpc';
        const one = await wire(server.url + path, index % 2 === 0 ? { cookie: mallory.cookie } : {});
        codes.add(one.ws.readyState === one.ws.OPEN ? 'open' : one.code);
        one.ws.terminate();
      });
      return codes.toString();
    },
  },
  {
    name: 'slow headers: 500 connections that drip',
    forMs: 20_000,
    run: (scene) => drip(scene, 500, 'GET /health HTTP/1.1\r\nHost: a\r\nX: '),
  },
  {
    name: 'slow bodies: 300 connections that drip',
    forMs: 40_000,
    run: (scene) =>
      drip(
        scene,
        300,
        'POST /trpc/auth.logIn HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n',
      ),
  },
];

/** Opens connections that say a byte a second, until the server or the time ends them. */
async function drip({ server, signal }: Scene, count: number, start: string): Promise<string> {
  const answers = tally();
  let open = count;
  const sockets = Array.from({ length: count }, () => {
    const socket = connect({ host: '127.0.0.1', port: server.port });
    const timer = setInterval(() => socket.write('x'), 1_000);
    let said = '';
    socket.on('data', (bytes: Buffer) => (said ||= bytes.toString('latin1').slice(0, 12)));
    socket.on('error', () => {});
    socket.once('close', () => {
      clearInterval(timer);
      open -= 1;
      answers.add(said || 'cut');
    });
    socket.write(start);
    return socket;
  });
  await until(() => open === 0, signal);
  const left = open;
  for (const socket of sockets) socket.destroy();
  await pause(100, AbortSignal.timeout(1_000));
  return `${left} of ${count} open at the end; ${answers.toString()}`;
}
