import type { Writable } from 'node:stream';

/** Watches whether the peer of a connection takes what is ready for it. */
export interface Taking {
  /**
   * For how long the peer has taken nothing of what is ready for it, in milliseconds; 0 when nothing is. It is as exact as
   * it is asked often.
   * @param now the clock of `performance.now()`
   */
  stuckMs(now: number): number;
}

/** Makes the watch of one connection. It holds no timer. */
export function watchTaking(connection: Writable): Taking {
  let left = 0;
  let takenAt = 0;
  return {
    stuckMs(now) {
      const bytes = unsentBytes(connection);
      if (bytes === 0 || bytes !== left) takenAt = now;
      left = bytes;
      return now - takenAt;
    },
  };
}

/**
 * What has not been handed to the network: 0 when nothing waits, and another number after each part that was taken.
 * `writableLength` alone counts a large chunk whole until its last byte has gone; `writeQueueSize`, by which Node's own
 * timeouts tell progress, falls with each part of it.
 */
function unsentBytes(connection: Writable): number {
  if (connection.writableLength === 0) return 0;
  const handle: unknown = Reflect.get(connection, '_handle');
  const queued: unknown = Reflect.get(Object(handle), 'writeQueueSize');
  return connection.writableLength + (typeof queued === 'number' ? queued : 0);
}
