import type { Socket } from 'node:net';

import type { Attack, Scene } from './attack.ts';
import { batch, pause, query, rawGet, tally, until, wire, writeAndNeverRead } from './peer.ts';
import { connectionsOf } from './process.ts';

/** Holds connections that never read for the time of the attack. @returns how many the server still holds then */
async function hold({ server, signal }: Scene, open: (index: number) => Socket, count: number) {
  const before = connectionsOf(server.pid);
  const sockets: Socket[] = [];
  for (let index = 0; index < count && !signal.aborted; index += 1) {
    sockets.push(open(index));
    if (index % 50 === 49) await pause(50, signal);
  }
  await pause(2_000, signal);
  const held = connectionsOf(server.pid) - before;
  await pause(600_000, signal);
  const kept = connectionsOf(server.pid) - before;
  for (const socket of sockets) socket.destroy();
  return `${count} opened, ${Math.max(0, held)} held after 2 s, ${Math.max(0, kept)} at the end`;
}

const unreadGet = (scene: Scene, path: string, times = 1) =>
  writeAndNeverRead(scene.server.port, rawGet(path, { cookie: scene.mallory.cookie }).repeat(times));

/** Answers and streams that nobody reads, and crowds. */
export const unreadAttacks: readonly Attack[] = [
  {
    name: '60 connections that never read a message.list',
    forMs: 45_000,
    run: (scene) =>
      hold(scene, () => unreadGet(scene, query('message.list', { chatId: scene.longChat, limit: 200 })), 60),
  },
  {
    name: '60 connections that never read a batch of 50',
    forMs: 45_000,
    run: (scene) => {
      const path = batch('message.list', { chatId: scene.longChat, limit: 200 }, 50);
      return hold(scene, () => unreadGet(scene, path), 60);
    },
  },
  {
    name: '60 connections that never read a REST list',
    forMs: 45_000,
    run: (scene) => hold(scene, () => unreadGet(scene, `/api/chat/${scene.longChat}/messages`), 60),
  },
  {
    name: '20 connections with 1,000 pipelined requests, never read',
    forMs: 45_000,
    run: (scene) =>
      hold(scene, () => unreadGet(scene, query('message.list', { chatId: scene.longChat }), 1_000), 20),
  },
  {
    name: '1,000 event streams of one account, never read',
    forMs: 15_000,
    run: (scene) =>
      hold(
        scene,
        () =>
          writeAndNeverRead(
            scene.server.port,
            rawGet('/trpc/events.watch', {
              cookie: scene.mallory.cookie,
              accept: 'text/event-stream',
            }),
          ),
        1_000,
      ),
  },
  {
    name: '300 Socket.IO WebSockets of one user',
    forMs: 15_000,
    async run({ mallory, server, signal }) {
      const url = `${server.url}/socket.io/?EIO=4&transport=websocket`;
      const wires = await Promise.all(
        Array.from({ length: 300 }, () => wire(url, { cookie: mallory.cookie })),
      );
      for (const { ws } of wires) if (ws.readyState === ws.OPEN) ws.send('40');
      await pause(3_000, signal);
      const joined = wires.filter(
        ({ first, ws }) => ws.readyState === ws.OPEN && first.some((packet) => packet.startsWith('40')),
      ).length;
      const codes = tally();
      for (const { code } of wires) codes.add(code);
      for (const { ws } of wires) ws.terminate();
      return `${joined} joined; codes ${codes.toString()}`;
    },
  },
  {
    name: '100 tRPC and 100 Socket.IO sockets and 100 event streams of one user',
    forMs: 15_000,
    async run(scene) {
      const { mallory, server, signal } = scene;
      const headers = { cookie: mallory.cookie };
      const socketIo = `${server.url}/socket.io/?EIO=4&transport=websocket`;
      const wires = await Promise.all([
        ...Array.from({ length: 100 }, () => wire(`${server.url}/trpc`, headers)),
        ...Array.from({ length: 100 }, () => wire(socketIo, headers)),
      ]);
      for (const { ws } of wires.slice(100)) if (ws.readyState === ws.OPEN) ws.send('40');
      const request = rawGet('/trpc/events.watch', { ...headers, accept: 'text/event-stream' });
      const streams = Array.from({ length: 100 }, () => writeAndNeverRead(server.port, request));
      await until(() => wires.slice(0, 100).some(({ code }) => code > 0), AbortSignal.timeout(3_000));
      await pause(2_000, signal);
      const open = wires.filter(({ ws }) => ws.readyState === ws.OPEN).length;
      const held = connectionsOf(server.pid);
      for (const { ws } of wires) ws.terminate();
      for (const stream of streams) stream.destroy();
      return `${open} of 200 sockets open, ${held} connections held in all`;
    },
  },
];
