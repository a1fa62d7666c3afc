import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { type Taking, watchTaking } from '../turns/taking.ts';

/**
 * Cuts connections whose peer takes nothing of what is ready for it. The time counts from the last byte that the network
 * took, so that a slow reader is never cut. Event streams and Socket.IO resume by themselves.
 * @param options.isExempt connections that somebody else looks after
 * @returns what ends the watch
 */
export function cutUnread(
  server: Server,
  options: {
    unreadMs: number;
    tickMs: number;
    isExempt: (socket: Socket) => boolean;
    onCut: (socket: Socket) => void;
  },
): () => void {
  const connections = new Map<Socket, Taking>();
  const look = () => {
    const now = performance.now();
    for (const [socket, taking] of connections) {
      if (taking.stuckMs(now) <= options.unreadMs || options.isExempt(socket)) continue;
      options.onCut(socket);
      socket.destroy();
    }
  };
  server.on('connection', (socket: Socket) => {
    connections.set(socket, watchTaking(socket));
    socket.once('close', () => connections.delete(socket));
  });
  const ticker = setInterval(look, options.tickMs);
  ticker.unref();
  return () => clearInterval(ticker);
}
