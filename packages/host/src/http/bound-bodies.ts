import type { IncomingMessage } from 'node:http';

import { addressKey } from '@amanda/core';
import type { FastifyInstance } from 'fastify';

import { createRoom } from '../turns/room.ts';
import { whenOver } from './when-over.ts';

/**
 * Bounds what the bodies of the requests of one address hold together, from before they are read until they have been
 * answered. A body beyond it is not read before there is room; the time that a request may take goes on meanwhile. One
 * of unknown length counts as the longest that its route takes.
 * @param options.mostBytes of one address
 */
export function boundBodies(
  app: FastifyInstance,
  options: { mostBytes: number; addressOf: (request: IncomingMessage) => string },
): void {
  const room = createRoom(options.mostBytes);
  app.addHook('preParsing', async (request, reply, payload) => {
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    const isChunked = request.headers['transfer-encoding'] !== undefined;
    if (!isChunked && !(length > 0)) return payload;
    const bytes = Math.min(isChunked ? Infinity : length, request.routeOptions.bodyLimit ?? length);
    const from = addressKey(options.addressOf(request.raw));
    const gone = new AbortController();
    whenOver(reply.raw, () => gone.abort());
    const answered = await room.take(from, bytes, gone.signal);
    if (answered !== null) whenOver(reply.raw, answered);
    return payload;
  });
}
