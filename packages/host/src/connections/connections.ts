import { addressKey } from '@amanda/core';

/** How many connections there may be at once, whatever carries them. */
export interface ConnectionLimits {
  /** Of one user. */
  readonly perUser: number;
  /** Without a session, from one address. */
  readonly strangersPerAddress: number;
  /** With a session, from one address: a school or a company shares one. */
  readonly usersPerAddress: number;
}

/** The bound that a refused connection ran into. */
export type ConnectionBound = keyof ConnectionLimits;

/** Whom a connection belongs to. */
export interface Peer {
  readonly address: string;
  /** Null for a stranger. */
  readonly userId: number | null;
}

/** The place of one connection. Whoever took it leaves it. */
export interface Place {
  /**
   * Counts the connection as this user's from now on, after a bearer token that came later than the handshake.
   * @returns false when there is no room there, or the place was left: then nothing changes
   */
  claim(userId: number): boolean;
  /** Gives the place back; without effect the second time. */
  leave(): void;
}

/** The one count of lasting connections: tRPC WebSockets, server-sent events, Socket.IO. */
export interface Connections {
  /** How many there are. */
  readonly size: number;
  /** Takes a place; null when there is none, which `onRefused` hears. Costs the same however many there are. */
  enter(peer: Peer): Place | null;
}

/** Makes the count of one host. */
export function createConnections(options: {
  limits: ConnectionLimits;
  onRefused?: ((bound: ConnectionBound, peer: Peer) => void) | undefined;
}): Connections {
  const { limits, onRefused } = options;
  const users = new Map<number, number>();
  const strangers = new Map<string, number>();
  const usersAt = new Map<string, number>();
  let size = 0;

  /** @returns what gives the place back, null when there is none */
  function take(peer: Peer, from: string): (() => void) | null {
    const { userId } = peer;
    const bound = ((): ConnectionBound | null => {
      if (userId === null) {
        return countOf(strangers, from) < limits.strangersPerAddress ? null : 'strangersPerAddress';
      }
      if (countOf(users, userId) >= limits.perUser) return 'perUser';
      return countOf(usersAt, from) < limits.usersPerAddress ? null : 'usersPerAddress';
    })();
    if (bound !== null) {
      onRefused?.(bound, peer);
      return null;
    }
    if (userId === null) return add(strangers, from);
    const leaves = [add(users, userId), add(usersAt, from)];
    return () => {
      for (const leave of leaves) leave();
    };
  }

  return {
    get size() {
      return size;
    },
    enter(peer) {
      const from = addressKey(peer.address);
      let { userId } = peer;
      let leave = take(peer, from);
      if (leave === null) return null;
      size += 1;
      return {
        claim(next) {
          if (leave === null) return false;
          if (next === userId) return true;
          const claimed = take({ address: peer.address, userId: next }, from);
          if (claimed === null) return false;
          leave();
          leave = claimed;
          userId = next;
          return true;
        },
        leave() {
          if (leave === null) return;
          leave();
          leave = null;
          size -= 1;
        },
      };
    },
  };
}

function countOf<Key>(counts: ReadonlyMap<Key, number>, key: Key): number {
  return counts.get(key) ?? 0;
}

/** Adds one under a key. @returns what takes it away again */
function add<Key>(counts: Map<Key, number>, key: Key): () => void {
  counts.set(key, countOf(counts, key) + 1);
  return () => {
    const rest = countOf(counts, key) - 1;
    if (rest > 0) counts.set(key, rest);
    else counts.delete(key);
  };
}
