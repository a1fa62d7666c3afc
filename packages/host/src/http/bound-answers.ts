import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import type { Log } from '@amanda/core';

import type { HostConfig } from '../config.ts';
import { serveInOrder } from './in-order.ts';
import { cutUnread } from './unread-deadline.ts';

/**
 * Bounds what one connection can have under way, and how long it may leave answers lying. Call it when all handlers of
 * `request` are attached.
 * @param options.isExempt connections whose readers somebody else looks after
 * @param options.refused counts an address whose connection was cut
 * @returns what ends the watch
 */
export function boundAnswers(
  server: Server,
  options: {
    config: Pick<HostConfig, 'http' | 'sockets'>;
    log: Log;
    isExempt: (socket: Socket) => boolean;
    refused: (address: string) => void;
  },
): () => void {
  const { config, isExempt, log, refused } = options;
  const tell = (text: string) => (socket: Socket) => {
    log.info({ address: socket.remoteAddress }, text);
    refused(socket.remoteAddress ?? '');
  };
  serveInOrder(server, {
    waiting: config.http.requestsWaiting,
    onCut: tell('A connection with too many requests at once was cut'),
  });
  return cutUnread(server, {
    unreadMs: config.http.unreadMs,
    tickMs: config.sockets.tickMs,
    isExempt,
    onCut: tell('A reader took nothing of its answer and was cut'),
  });
}
