import type { Connection } from './gate.ts';

/** Hands out turns between all connections of a server, and between those of one party within its turns. */
export interface Turns {
  /** Whether a piece may be done right now, out of turn. */
  take(): boolean;
  /** Asks for turns until `work` says, with `false`, that there is nothing more to do now. */
  enter(party: string, worker: { work(): boolean }): void;
}

/** What stands between a connection of Engine.IO and Socket.IO. */
export interface PacketLane {
  /** Resolves when no packet waits for its turn; undefined when none does now. */
  idle(): Promise<void> | undefined;
}

/**
 * Hands the packets of a connection to Socket.IO one by one, each in a turn of its own: to read one, and to begin what it asks
 * for, is one piece of work. While packets wait a WebSocket is not read, and bodies of polling wait for {@link
 * PacketLane.idle}, so that nothing is dropped and nothing piles up. Signs of life pass by. Call it when Socket.IO listens.
 * @param options.party whose turn it is
 * @param options.onFlood the binary packets that Socket.IO would keep until the last of an event has come are too large
 * together; the owner cuts the connection
 */
export function createPacketLane(
  connection: Connection,
  options: { turns: Turns; binaryBytes: number; party: () => string; onFlood: () => void },
): PacketLane {
  const { turns } = options;
  const listeners = connection.listeners('data');
  const waiting: unknown[] = [];
  let binaryBytes = 0;
  let emptied: PromiseWithResolvers<void> | null = null;
  let paused: { resume(): void } | null = null;
  let isClosed = false;

  function hand(packet: unknown): void {
    for (const listener of listeners) Reflect.apply(listener, connection, [packet]);
  }

  function work(): boolean {
    if (waiting.length > 0) hand(waiting.shift());
    if (waiting.length > 0) return true;
    goOn();
    return false;
  }

  function goOn(): void {
    paused?.resume();
    paused = null;
    emptied?.resolve();
    emptied = null;
  }

  function receive(packet: unknown): void {
    if (isClosed) return;
    binaryBytes = Buffer.isBuffer(packet) ? binaryBytes + packet.length : 0;
    if (binaryBytes > options.binaryBytes) return options.onFlood();
    if (waiting.length === 0 && turns.take()) return hand(packet);
    waiting.push(packet);
    if (waiting.length > 1) return;
    emptied = Promise.withResolvers();
    paused = pause(connection);
    turns.enter(options.party(), { work });
  }

  connection.removeAllListeners('data');
  connection.on('data', receive);
  connection.once('close', () => {
    isClosed = true;
    waiting.length = 0;
    goOn();
  });

  return { idle: () => emptied?.promise };
}

/** Stops reading the WebSocket of a connection, if it has one: its type keeps it private. */
function pause({ transport }: Connection): { resume(): void } | null {
  const socket: unknown = Reflect.get(transport, 'socket');
  if (!isPausable(socket)) return null;
  socket.pause();
  return socket;
}

const isPausable = (socket: unknown): socket is { pause(): void; resume(): void } =>
  typeof socket === 'object' && socket !== null && 'pause' in socket && 'resume' in socket;
