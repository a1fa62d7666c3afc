import type { Clock } from './clock.ts';
import type { Connection } from './gate.ts';
import type { Link } from './link.ts';

/** What a connection holds for a client that has not taken it. */
export interface Unread {
  /** In bytes. */
  readonly writableLength: number;
  /** Calls a listener whenever some of it may have been taken. */
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/** The host's count of what each party leaves unread, over all its connections of every kind. */
export interface UnreadRoom {
  /** Counts a connection to a party. @returns what ends that */
  hold(party: string, connection: Unread): () => void;
  /** Counts what is being made. @returns what says that it is the connection's now */
  make(party: string, bytes: number): () => void;
  /** Waits for room, and counts it. @returns what `make` returns; null when the signal aborts first */
  take(party: string, bytes: number, signal: AbortSignal): Promise<(() => void) | null>;
  /** @returns null when there is room now; else calls back, and gives what takes the callback away */
  whenRoom(party: string, bytes: number, wake: () => void): (() => void) | null;
}

/** The room for answers of whoever a connection belongs to. */
export interface AnswerRoom {
  /** Waits for room. @returns what gives it back, once the answer was handed over; null when the signal aborts first */
  take(bytes: number, signal: AbortSignal): Promise<(() => void) | null>;
  /** Takes room only when there is some now. @returns what gives it back; null when there is none */
  takeNow(bytes: number): (() => void) | null;
}

/** The count of one connection. It ends when nothing carries the closed connection any more. */
export interface UnreadCount {
  /** Counts to this party from now on. */
  belongTo(party: string): AnswerRoom;
}

/**
 * Counts the bytes that Engine.IO holds for a connection, and those that what carries it has not handed to the network.
 * @param options.onStuck called when packets have waited for `stuckMs` and nothing is on its way to the client, as when
 * it sends its signs of life and never polls
 */
export function countUnread(
  connection: Connection,
  link: Link,
  options: { room: UnreadRoom; clock: Clock; stuckMs: number; onStuck: () => void },
): UnreadCount {
  const { clock, onStuck, room, stuckMs } = options;
  const listeners = new Set<() => void>();
  let held = 0;
  let isClosed = false;
  let letGo = () => {};
  let calm: (() => void) | null = null;

  const unread: Unread = {
    get writableLength() {
      return held + link.unread;
    },
    on: (_event, listener) => listeners.add(listener),
    off: (_event, listener) => listeners.delete(listener),
  };
  const tell = () => {
    for (const listener of listeners) listener();
    if (isClosed && link.size === 0) letGo();
  };
  const look = () => {
    calm = null;
    if (link.unread > 0) watch();
    else onStuck();
  };
  const watch = () => {
    calm ??= clock.after(stuckMs, look);
  };
  const forget = () => {
    held = 0;
    calm?.();
    calm = null;
  };

  connection.on('packetCreate', ({ data }: { data?: unknown }) => {
    if (typeof data === 'string') held += Buffer.byteLength(data);
    // What has a WebSocket is looked after as every other connection is.
    const { name, writable } = connection.transport;
    if (name === 'polling' && !writable) watch();
  });
  connection.on('flush', forget);
  // By then its transport has what was flushed.
  connection.on('drain', tell);
  connection.once('close', () => {
    isClosed = true;
    forget();
    tell();
  });
  link.onTaken(tell);

  return {
    belongTo(party) {
      letGo();
      letGo = isClosed ? () => {} : room.hold(party, unread);
      return {
        take: (bytes, signal) => room.take(party, bytes, signal),
        takeNow(bytes) {
          const forgetRoom = room.whenRoom(party, bytes, () => {});
          if (forgetRoom === null) return room.make(party, bytes);
          forgetRoom();
          return null;
        },
      };
    },
  };
}
