import type { WebSocket } from 'ws';
import { type Order, questionOf } from '../pieces.ts';
import { askBare, followMessage, mutate, openSocket, type Received } from './clients.ts';
import { type Stage, socketUrl, userOf } from './stage.ts';

/** Sockets that are open and ready to ask, one for each stream. */
export interface Streams extends Disposable {
  /** Asks on all of them at once and reads every answer to its end. */
  run(order: Order): Promise<readonly Received[]>;
}

const closing = (sockets: readonly WebSocket[]) => () => {
  for (const socket of sockets) socket.terminate();
};

/** Streams through the bare pipe. */
export async function bareStreams({ bare }: Stage, count: number): Promise<Streams> {
  const url = `ws://127.0.0.1:${bare.port}`;
  const sockets = await Promise.all(Array.from({ length: count }, () => openSocket(url)));
  return {
    run: (order) => Promise.all(sockets.map((socket) => askBare(socket, questionOf(order), order.size))),
    [Symbol.dispose]: closing(sockets),
  };
}

/** Streams through Amanda: a chat and a socket for each, a durable message for each answer. */
export async function amandaStreams(stage: Stage, count: number): Promise<Streams> {
  const lanes = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const user = userOf(stage, i);
      const { id } = await mutate(stage.amanda.url, user, 'chat.create', {});
      return { user, chatId: id, socket: await openSocket(socketUrl(stage), user.cookie) };
    }),
  );
  return {
    run: (order) =>
      Promise.all(
        lanes.map(async ({ user, chatId, socket }) => {
          const asked = performance.now();
          const text = questionOf(order);
          const { messageId = 0 } = await mutate(stage.amanda.url, user, 'message.send', { chatId, text });
          const accepted = performance.now();
          const received = await followMessage(socket, messageId, order.size);
          return { ...received, firstMs: received.firstMs + (accepted - asked) };
        }),
      ),
    [Symbol.dispose]: closing(lanes.map((lane) => lane.socket)),
  };
}
