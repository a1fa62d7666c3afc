import { setTimeout as delay } from 'node:timers/promises';
import type { TestUser } from '@amanda/testing';
import type { WebSocket } from 'ws';
import { mutate, openSocket } from '../measure/clients.ts';
import type { Figure } from '../measure/figures.ts';
import { residentBytes } from '../measure/process.ts';
import { type Stage, socketUrl } from '../measure/stage.ts';

const connections = 2000;

/** Resident memory that each idle connection with one subscription costs. */
export async function idleMemory(stage: Stage): Promise<readonly Figure[]> {
  const stock = await measure(stage.stock.pid, async () => {
    const socket = await openSocket(`ws://127.0.0.1:${stage.stock.port}`);
    socket.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'stream', input: '' } }));
    return socket;
  });
  // An answer that does not come: its subscribers wait for the first piece.
  const user = stage.users[0] as TestUser;
  let lane = 0;
  const amanda = await measure(stage.amanda.pid, async () => {
    const owner = stage.users[lane++ % stage.users.length] ?? user;
    const socket = await openSocket(socketUrl(stage), owner.cookie);
    socket.send(
      JSON.stringify({
        id: 1,
        method: 'subscription',
        params: { path: 'events.watch', input: { json: {} } },
      }),
    );
    return socket;
  });
  await mutate(stage.amanda.url, user, 'chat.create', {});
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

async function measure(pid: number, open: () => Promise<WebSocket>): Promise<number> {
  const sockets: WebSocket[] = [];
  const openMany = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 50) {
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))));
    }
    await delay(2000); // until garbage of the handshakes is gone
  };
  await openMany(500); // what is paid once is paid here
  const before = residentBytes(pid);
  await openMany(connections);
  const bytes = (residentBytes(pid) - before) / connections;
  for (const socket of sockets) socket.terminate();
  await delay(1000);
  return bytes;
}
