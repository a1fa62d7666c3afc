import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Gate, LiveSession } from '@amanda/core';

import type { SocketLimits } from '../config.ts';
import type { Place } from '../connections/connections.ts';
import { trpcErrorOf } from '../http/errors.ts';
import { partyNamed } from '../turns/party.ts';
import type { Room } from '../turns/room.ts';
import type { Taking } from '../turns/taking.ts';
import type { Turns } from '../turns/turns.ts';
import { type CallLane, createCallLane } from './call-lane.ts';
import type { HeldSocket } from './held-socket.ts';

/** What is known of one open socket. */
export interface Peer {
  readonly ws: HeldSocket;
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
  options: {
    limits: SocketLimits;
    turns: Turns;
    room: Room;
    answerBytes: (session: LiveSession | null) => number;
    onAbsurdFrame: () => void;
  },
): CallLane {
  const { gate, socket, ws } = peer;
  const { answerBytes, limits, onAbsurdFrame, room, turns } = options;
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
      const drained = gate.ready(gone.signal);
      if (drained === undefined) {
        const [party, bytes] = [partyOf(peer), answerBytes(peer.session)];
        return room.whenRoom(party, bytes, () => wake(room.make(party, bytes)));
      }
      void drained.then(() => !gone.signal.aborted && wake());
      return () => gone.abort();
    },
    makeAnswer: () => room.make(partyOf(peer), answerBytes(peer.session)),
    refusal: (id) => JSON.stringify({ id, error: trpcErrorOf('BATCH_FULL', randomUUID()) }),
    onSign() {
      peer.heardAt = performance.now();
      peer.pingedAt = null;
      peer.session?.touch();
    },
  });
}
