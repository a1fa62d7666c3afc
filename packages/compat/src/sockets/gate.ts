import type { Socket } from 'socket.io';
import type { Clock } from './clock.ts';

/** The Engine.IO connection under a socket. */
export type Connection = Socket['conn'];

/** Holds answers back while a connection is full. */
export interface Gate {
  /** Resolves once there is room, or the signal has aborted. Undefined when there is room now. */
  ready(signal: AbortSignal): Promise<void> | undefined;
  close(): void;
}

/**
 * Makes the gate of a connection. Neither `ws` nor Engine.IO knows backpressure: what is emitted is kept until the
 * client takes it. Packets are counted as they are made (`packetCreate`) and forgotten when they are handed to the
 * transport, which takes none before it has written the last ones out (WebSocket) or the client asks again (polling).
 * @param options.isStuck called once when the connection has been full for `stuckMs` with somebody waiting
 */
export function createGate(
  connection: Connection,
  options: { bufferedUnits: number; stuckMs: number; clock: Clock; isStuck: () => void },
): Gate {
  let buffered = 0;
  let cancelTimer: (() => void) | null = null;
  const waiting = new Set<() => void>();

  const calm = () => {
    cancelTimer?.();
    cancelTimer = null;
  };
  const wakeAll = () => {
    calm();
    for (const wake of waiting) wake();
  };
  const count = (packet: { data?: unknown }) => {
    if (typeof packet.data === 'string') buffered += packet.data.length;
  };
  const forget = () => {
    buffered = 0;
  };
  connection.on('packetCreate', count);
  connection.on('flush', forget);
  connection.on('drain', wakeAll);
  connection.once('close', wakeAll);

  return {
    ready(signal) {
      if (buffered < options.bufferedUnits || connection.readyState !== 'open' || signal.aborted)
        return undefined;
      cancelTimer ??= options.clock.after(options.stuckMs, options.isStuck);
      return new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          if (waiting.size === 0) calm();
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
    close() {
      connection.off('packetCreate', count);
      connection.off('flush', forget);
      connection.off('drain', wakeAll);
      connection.off('close', wakeAll);
      wakeAll();
    },
  };
}
