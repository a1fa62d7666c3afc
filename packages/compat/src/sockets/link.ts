import type { EventEmitter } from 'node:events';
import type { Socket as TcpSocket } from 'node:net';
import type { Clock } from './clock.ts';
import type { Connection } from './gate.ts';

/**
 * What carries one Engine.IO connection at the moment: the TCP connection of its WebSocket, or those of the polls that
 * wait for an answer.
 */
export interface Link {
  /** By how many TCP connections it is carried. */
  readonly size: number;
  /** Bytes that those have not handed to the network. */
  readonly unread: number;
  /** Calls back whenever some of these bytes may have left, and when one of those has ended. */
  onTaken(listener: () => void): void;
  /** Takes in what carries a request, until its answer is over. */
  carry(socket: TcpSocket, answer: EventEmitter): void;
  /** Says which connection is carried; without one, breaking ends requests only. */
  bind(connection: Connection): void;
  /**
   * Breaks as a network does, once what was written has left, and within `closeMs`. A packet that says "closed", as
   * Engine.IO sends by itself, makes clients of python-socketio stay away for good.
   */
  sever(): void;
  /** Breaks at once: what was written and not taken is dropped. */
  cut(): void;
  /** Resolves when nothing carries the connection any more. */
  broken(): Promise<void>;
}

/** Makes the link of one connection. It ends with the connection, at most `closeMs` later. */
export function createLink(options: { clock: Clock; closeMs: number }): Link {
  const sockets = new Set<TcpSocket>();
  const listeners: (() => void)[] = [];
  const broken = Promise.withResolvers<void>();
  let connection: Connection | null = null;
  let isSevered = false;
  /** Whether Engine.IO holds packets that it has not handed to what carries it. */
  let holdsPackets = false;

  function settle(): void {
    if (!isSevered || holdsPackets || sockets.size > 0) return;
    // Engine.IO sees a broken socket by itself, but not that a client between two polls is not wanted any more.
    connection?.close(true);
    broken.resolve();
  }

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function destroyAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  function sever(): void {
    if (isSevered) return;
    isSevered = true;
    const cancel = options.clock.after(options.closeMs, cut);
    void broken.promise.then(cancel);
    if (!holdsPackets) end();
  }

  function end(): void {
    for (const socket of sockets) socket.destroySoon();
    settle();
  }

  function cut(): void {
    holdsPackets = false;
    sever();
    destroyAll();
    settle();
  }

  return {
    get size() {
      return sockets.size;
    },
    get unread() {
      let bytes = 0;
      for (const socket of sockets) bytes += socket.writableLength;
      return bytes;
    },
    onTaken: (listener) => void listeners.push(listener),
    carry(socket, answer) {
      sockets.add(socket);
      socket.on('drain', tell);
      answer.once('close', () => {
        socket.off('drain', tell);
        sockets.delete(socket);
        tell();
        settle();
      });
      if (isSevered && !holdsPackets) socket.destroy();
    },
    bind(carried) {
      connection = carried;
      carried.on('packetCreate', () => {
        holdsPackets = true;
      });
      carried.on('drain', () => {
        holdsPackets = false;
        if (isSevered) end();
      });
      // A peer that does not answer a close frame would hold its socket for half a minute.
      carried.once('close', () => {
        holdsPackets = false;
        settle();
        if (!isSevered && sockets.size > 0) options.clock.after(options.closeMs, destroyAll);
      });
      if (isSevered) carried.close(true);
    },
    sever,
    cut,
    broken: () => broken.promise,
  };
}
