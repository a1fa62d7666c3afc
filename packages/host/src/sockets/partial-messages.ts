import type { Duplex } from 'node:stream';

import type { SocketLimits } from '../config.ts';
import { createRoom } from '../turns/room.ts';
import type { HeldSocket } from './held-socket.ts';

/** Bounds the messages that have begun to come over WebSockets and are not whole. */
export interface PartialMessages {
  /**
   * Watches a socket until it closes. Call it when whoever reads its messages listens.
   * @param peer.party whom its bytes count to
   * @param peer.onCut called once, before the socket is cut
   */
  watch(ws: HeldSocket, connection: Duplex, peer: { party: () => string; onCut: () => void }): void;
  /** Ends the watch. */
  close(): void;
}

/** What of a message is read before its party has room for it: short ones never wait. */
const UNCOUNTED = 65_536;
/** A control frame of a client beyond its payload: two bytes of header, four of mask (RFC 6455, section 5.2). */
const CONTROL_BYTES = 6;

/**
 * Makes the watch of one server. `ws` keeps what has come of a message until its last byte has. A message of more than
 * 64 KiB counts as the longest that may come, and is not read on before its party has room for it; and each message has
 * to be whole in time, waiting included. While a socket's owner pauses it, that time stands still.
 */
export function createPartialMessages(
  limits: Pick<SocketLimits, 'maxPayload' | 'partialBytes' | 'messageMs' | 'tickMs'>,
): PartialMessages {
  const room = createRoom(limits.partialBytes);
  /** Those of which a part has come; each cuts its socket when it is too late. */
  const looks = new Set<(now: number) => void>();
  const ticker = setInterval(() => {
    const now = performance.now();
    for (const look of looks) look(now);
  }, limits.tickMs);
  ticker.unref();

  return {
    watch(ws, connection, { onCut, party }) {
      /** Since the last whole message; of what came in one piece with its end, nothing. */
      let bytes = 0;
      let begunAt = 0;
      let leaveRoom: (() => void) | null = null;
      let forget: (() => void) | null = null;

      const look = (now: number) => {
        if (ws.isPausedByOwner) begunAt = now;
        if (now - begunAt <= limits.messageMs) return;
        settle();
        onCut();
        ws.terminate();
      };
      const enter = () => {
        forget = null;
        leaveRoom = room.make(party(), limits.maxPayload);
        ws.release();
      };
      /** Nothing of a message is there. */
      const settle = () => {
        bytes = 0;
        looks.delete(look);
        leaveRoom?.();
        leaveRoom = null;
        if (forget === null) return;
        forget();
        forget = null;
        ws.release();
      };
      // Before `ws` takes it.
      connection.prependListener('data', (chunk: Buffer) => {
        if (bytes === 0) {
          begunAt = performance.now();
          looks.add(look);
        }
        bytes += chunk.length;
        if (bytes <= UNCOUNTED || leaveRoom !== null || forget !== null) return;
        forget = room.whenRoom(party(), limits.maxPayload, enter);
        if (forget === null) enter();
        else ws.hold();
      });
      const passBy = (data: Buffer) => {
        bytes -= CONTROL_BYTES + data.length;
        if (bytes <= 0) settle();
      };
      ws.on('message', settle);
      ws.on('ping', passBy);
      ws.on('pong', passBy);
      ws.once('close', settle);
    },
    close() {
      clearInterval(ticker);
    },
  };
}
