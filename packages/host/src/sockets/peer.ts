import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Gate, LiveSession } from '@amanda/core';
import type { WebSocket } from 'ws';

import type { SocketLimits } from '../config.ts';
import type { Place } from '../connections/connections.ts';
import { trpcErrorOf } from '../http/errors.ts';
import { partyNamed } from '../turns/party.ts';
import type { Taking } from '../turns/taking.ts';
import type { Turns } from '../turns/turns.ts';
import { answersOf, type Unread } from '../turns/unread.ts';
import { type CallLane, createCallLane } from './call-lane.ts';

/** What is known of one open socket. */
export interface Peer {
  readonly ws: WebSocket;
  readonly socket: Duplex;
  readonly gate: Gate;
  readonly taking: Taking;
  readonly place: Place;
  readonly address: string;
  session: LiveSession | null;
  /** When the last message came; the clock of `performance.now()`. */
  heardAt: number;
  pingedAt: number | null;
  awaitsParams: boolean;
  /** Ends the counting of what its reader leaves unread. */
  letGo: () => void;
}

/** Whose turns a socket takes: its user's, or a stranger's address. */
export const partyOf = ({ address, session }: Peer): string => partyNamed(address, session?.userId ?? null);

/** Makes the lane of a socket's calls. */
export function laneOf(
  peer: Peer,
  options: { limits: SocketLimits; turns: Turns; unread: Unread; onAbsurdFrame: () => void },
): CallLane {
  const { gate, socket, ws } = peer;
  const { limits, onAbsurdFrame, turns, unread } = options;
  return createCallLane({
    ws,
    turns,
    limits,
    onAbsurdFrame,
    beginsWithParams: peer.awaitsParams,
    party: () => partyOf(peer),
    isFull: () => socket.writableNeedDrain,
    whenRoom(wake) {
      const gone = new AbortController();
      const room = gate.ready(gone.signal);
      if (room === undefined) return unread.whenRoom(partyOf(peer), wake, answersOf(peer.session));
      void room.then(() => !gone.signal.aborted && wake());
      return () => gone.abort();
    },
    makeAnswer: () => unread.make(partyOf(peer), answersOf(peer.session)),
    refusal: (id) => JSON.stringify({ id, error: trpcErrorOf('BATCH_FULL', randomUUID()) }),
    onSign() {
      peer.heardAt = performance.now();
      peer.pingedAt = null;
      peer.session?.touch();
    },
  });
}
