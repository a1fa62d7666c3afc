import type { Writable } from 'node:stream';

import type { Gate } from '@amanda/core';

/**
 * The room in one socket, shared by all its subscriptions. Node's own mark is used (`writableHighWaterMark`, 64 KiB):
 * above it the stream asks for a pause and says `drain` once it is empty, so that no timer has to look. The gate lets
 * everybody through once the socket has closed.
 */
export function createSocketGate(socket: Writable): Gate {
  const waiting = new Set<() => void>();

  // One after another: if all went on at once, each would put its slice into a buffer with room for one.
  const wakeNext = () => {
    const [next] = waiting;
    const full = next !== undefined && socket.writableNeedDrain && !socket.destroyed;
    if (full || next === undefined) return;
    next();
    setImmediate(wakeNext);
  };
  socket.on('drain', wakeNext);
  socket.on('close', () => {
    for (const wake of waiting) wake();
  });

  return {
    ready(signal) {
      if (!socket.writableNeedDrain || socket.destroyed || signal.aborted) return undefined;
      return new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
  };
}
