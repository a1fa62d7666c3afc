import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../api.ts';
import type { RefusalKind } from '../errors/refusal.ts';
import { authenticationRequired, handshakeRefusals } from '../errors/texts.ts';
import type { Clock } from './clock.ts';
import type { SocketSession } from './conversation.ts';
import type { Connection } from './gate.ts';
import { createLink, type Link } from './link.ts';
import type { PacketLane } from './packet-lane.ts';

/** Who a connection belongs to. */
export interface SocketIdentity {
  /** A caller with the surface `compat` and this session, made with the connection's signal. */
  readonly caller: Caller;
  readonly session: SocketSession;
}

/** The place of a connection in the host's count. */
export interface SocketPlace {
  /** Counts it as this user's from now on; false when the user has too many. */
  claim(userId: number): boolean;
  leave(): void;
}

/** How the host opens its doors. */
export interface Doors {
  /**
   * Opens the session that the request's cookie or `Authorization` header names; null when there is none.
   * @param connection.signal aborts the caller's subscriptions (the second argument of `createCaller`)
   */
  authenticate(request: IncomingMessage, connection: { signal: AbortSignal }): Promise<SocketIdentity | null>;
  /**
   * Opens the session of a bearer token, which clients give as `auth: {token}`; null when it is expired or revoked,
   * `foreign` when it is none of ours. Without it, or with a foreign token, a connection without a session is refused.
   */
  authenticateToken?:
    | ((
        token: string,
        request: IncomingMessage,
        connection: { signal: AbortSignal },
      ) => Promise<SocketIdentity | null | 'foreign'>)
    | undefined;
  /** What of a request's headers are credentials of ours, as one text; cookies of other programs come and go. */
  credentialsIn(request: IncomingMessage): string;
  /** Takes a place for a connection of a user, or of a stranger (null), who may bring a token later; null when there is none. */
  enter(request: IncomingMessage, userId: number | null): SocketPlace | null;
  /** Whether pages of the request's origin may connect; true for a request that is no browser's. Counts a refusal itself. */
  originAllowed(request: IncomingMessage): boolean;
  /** Counts who is turned away, for the log. Not those without a place, whom {@link enter} counts. */
  refused(kind: RefusalKind, request: IncomingMessage): void;
}

/** A handshake that was let in. */
export interface Guest {
  readonly request: IncomingMessage;
  readonly controller: AbortController;
  readonly link: Link;
  readonly place: SocketPlace;
  /** What its packets pass; null until Engine.IO has made a connection of it. */
  lane: PacketLane | null;
  identity: SocketIdentity | null;
  /** Whether it has joined, or is about to. */
  hasJoined: boolean;
  /** Whether a conversation has taken the session over, and releases it. */
  isServed: boolean;
  /** Whether Engine.IO has made a connection of it, whose end is its own. */
  isOpen: boolean;
  hasLeft: boolean;
}

/** Those who were let in, from their handshake to the end of their connection. */
export interface Guests {
  /** @returns why a handshake is refused, null when it is let in; @throws what the look-up of a session throws */
  admit(request: IncomingMessage): Promise<string | null>;
  /** Whose handshake a request was, or whose open connection it carries. */
  of(request: IncomingMessage): Guest | undefined;
  /** @returns why a guest may not join, null when it has a session, from its handshake or by this token */
  identify(guest: Guest, token: unknown): Promise<string | null>;
  /** Takes in the connection that Engine.IO made of a handshake; closes one whose guest has left meanwhile. */
  open(connection: Connection, lane: PacketLane): void;
  /**
   * Whether a request may go on, by what its `sid` names. Remembers what answers it. A body waits until the packets before it
   * have had their turns.
   */
  passes(request: IncomingMessage, answer: EventEmitter): Promise<boolean>;
  /** Lets nobody in any more. */
  close(): void;
  /** The links of all open connections. */
  links(): readonly Link[];
}

/** What one connection may be carried by at once: a poll, a post, the probe of an upgrade, and as much again for overlaps. */
const MOST_CARRIED = 6;

/** Makes the register of one server. */
export function createGuests(doors: Doors, { clock, closeMs }: { clock: Clock; closeMs: number }): Guests {
  const guests = new WeakMap<IncomingMessage, Guest>();
  /** Those of the open connections, by their `sid`. */
  const opened = new Map<string, Guest>();
  /** What answers a request: ends when the answer does, for an upgrade when its socket does. */
  const answers = new WeakMap<IncomingMessage, EventEmitter>();
  let isClosed = false;

  async function admit(request: IncomingMessage): Promise<string | null> {
    if (isClosed) return handshakeRefusals.restarting;
    if (!doors.originAllowed(request)) return authenticationRequired.message;
    const controller = new AbortController();
    const identity = await doors.authenticate(request, { signal: controller.signal });
    // A token may still come, in the packet after this, whatever cookies there are.
    if (identity === null && doors.authenticateToken === undefined) return authenticationRequired.message;
    const refusal = welcome(request, controller, identity);
    if (refusal !== null) identity?.session.release();
    return refusal;
  }

  /** What is asked after the look-up of the session, in one go: the world may have changed meanwhile. */
  function welcome(
    request: IncomingMessage,
    controller: AbortController,
    identity: SocketIdentity | null,
  ): string | null {
    const answer = answers.get(request);
    if (isClosed || request.socket.destroyed || answer === undefined) return handshakeRefusals.restarting;
    const place = doors.enter(request, identity?.session.userId ?? null);
    if (place === null) return handshakeRefusals.tooMany;
    const link = createLink({ clock, closeMs });
    const flags = { lane: null, hasJoined: false, isServed: false, isOpen: false, hasLeft: false };
    const guest: Guest = { request, controller, link, place, identity, ...flags };
    guests.set(request, guest);
    link.carry(request.socket, answer);
    // Engine.IO still refuses some: an old protocol, a malformed key.
    answer.once('close', () => {
      if (!guest.isOpen) leave(guest);
    });
    return null;
  }

  function leave(guest: Guest): void {
    guest.hasLeft = true;
    guest.place.leave();
    if (!guest.isServed) guest.identity?.session.release();
  }

  async function identify(guest: Guest, token: unknown): Promise<string | null> {
    const { signal } = guest.controller;
    const identity =
      typeof token === 'string' && doors.authenticateToken !== undefined
        ? await doors.authenticateToken(token, guest.request, { signal })
        : 'foreign';
    if (identity === 'foreign') return guest.identity === null ? authenticationRequired.message : null;
    if (identity === null) return authenticationRequired.message;
    const refusal = ((): string | null => {
      if (isClosed || guest.hasLeft) return handshakeRefusals.restarting;
      return guest.place.claim(identity.session.userId) ? null : handshakeRefusals.tooMany;
    })();
    if (refusal !== null) {
      identity.session.release();
      return refusal;
    }
    guest.identity?.session.release();
    guest.identity = identity;
    return null;
  }

  /**
   * A connection belongs to its session: nobody else who is logged in may read or upgrade it with its `sid`. A request
   * without any credentials of ours may: python-engineio sends the headers that it was given with the handshake only, and the
   * `sid` is as hard to guess as a session's id.
   */
  async function mayGoOn(request: IncomingMessage, guest: Guest | undefined): Promise<boolean> {
    if (!doors.originAllowed(request)) return false;
    if (guest === undefined) return true;
    const brought = doors.credentialsIn(request);
    if (brought === '' || brought === doors.credentialsIn(guest.request)) return true;
    const { signal } = new AbortController();
    const identity = await doors.authenticate(request, { signal });
    identity?.session.release();
    if (identity !== null && identity.session.id === guest.identity?.session.id) return true;
    doors.refused('access', request);
    return false;
  }

  return {
    admit,
    of: (request) => guests.get(request) ?? opened.get(sidOf(request)),
    identify,
    open(connection, lane) {
      const guest = guests.get(connection.request);
      if (guest === undefined || guest.hasLeft) return connection.close(true);
      const sid = String(Reflect.get(connection, 'id'));
      guest.isOpen = true;
      guest.lane = lane;
      opened.set(sid, guest);
      connection.once('close', () => {
        opened.delete(sid);
        leave(guest);
      });
      guest.link.bind(connection);
      if (isClosed) guest.link.sever();
    },
    async passes(request, answer) {
      // JSONP, which no client of Engine.IO 4 has, hides how many packets a body brings.
      if (queryOf(request).has('j')) {
        doors.refused('input', request);
        return false;
      }
      const guest = opened.get(sidOf(request));
      if (!(await mayGoOn(request, guest))) return false;
      answers.set(request, answer);
      if (guest === undefined) return true;
      if (guest.link.size >= MOST_CARRIED) {
        doors.refused('connection', request);
        return false;
      }
      guest.link.carry(request.socket, answer);
      if (request.method === 'POST') await guest.lane?.idle();
      return true;
    },
    close() {
      isClosed = true;
    },
    links: () => [...opened.values()].map(({ link }) => link),
  };
}

/** Which connection a request names; empty when it names none. */
const sidOf = (request: IncomingMessage): string => queryOf(request).get('sid') ?? '';

const queryOf = ({ url }: IncomingMessage): URLSearchParams =>
  new URL(url ?? '/', 'http://localhost').searchParams;
