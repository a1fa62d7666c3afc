import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { openSocket } from '../measure/clients.ts';
import type { Figure } from '../measure/figures.ts';
import { residentBytes } from '../measure/process.ts';
import { setStage, socketUrl, userOf } from '../measure/stage.ts';

const connections = 2000;
/** Opened before the first look, so that what is paid once is not counted. */
const warmUp = 500;

/** Resident memory that each idle connection with one subscription costs. */
export async function idleMemory(): Promise<readonly Figure[]> {
  // Processes of its own: memory that an earlier benchmark left behind would be used again and hide what this costs.
  await using stage = await setStage();
  const stock = await measure(stage.stock.pid, () =>
    subscribe(`ws://127.0.0.1:${stage.stock.port}`, { path: 'stream', input: '' }),
  );
  let next = 0;
  const amanda = await measure(stage.amanda.pid, () => {
    const { cookie } = userOf(stage, next++);
    return subscribe(socketUrl(stage), { path: 'events.watch', input: { json: {} } }, cookie);
  });
  return [
    {
      what: `memory per idle connection with one subscription (${connections})`,
      unit: 'KB',
      limit: stock / 1024,
      amanda: amanda / 1024,
      goal: '≤ 1.0 × of stock tRPC',
      met: amanda <= stock,
    },
  ];
}

/** Opens a socket with one subscription and waits until the server says that it stands. */
async function subscribe(url: string, params: object, cookie?: string): Promise<WebSocket> {
  const socket = await openSocket(url, cookie);
  const started = new Promise<void>((resolve) => {
    socket.once('message', () => resolve());
  });
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params }));
  await started;
  return socket;
}

async function measure(pid: number, open: () => Promise<WebSocket>): Promise<number> {
  const sockets: WebSocket[] = [];
  const openMany = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 50) {
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))));
    }
    await delay(3000); // until the garbage of the handshakes is gone
  };
  await openMany(warmUp);
  const before = residentBytes(pid);
  await openMany(connections);
  const bytes = (residentBytes(pid) - before) / connections;
  const alive = sockets.filter((socket) => socket.readyState === socket.OPEN).length;
  if (alive !== warmUp + connections)
    throw new Error(`${alive} of ${warmUp + connections} connections are open`);
  for (const socket of sockets) socket.terminate();
  await delay(1000);
  return bytes;
}
