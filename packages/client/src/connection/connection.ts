/**
 * How the client stands with the server:
 * `idle`: nothing is followed, so there is no link;
 * `connecting`: the first link is being made;
 * `open`: all is well;
 * `reconnecting`: the link is lost and is being made again, without limit;
 * `offline`: the device says that it has no network;
 * `signedOut`: the session has ended; nothing is tried until somebody logs in, or `reconnect()`;
 * `outdated`: the server speaks a newer contract; only a newer client helps;
 * `closed`: `close()` was called.
 */
export type ConnectionStatus =
  | 'idle'
  | 'connecting'
  | 'open'
  | 'reconnecting'
  | 'offline'
  | 'signedOut'
  | 'outdated'
  | 'closed';

/** What carries subscriptions. */
export type Transport = 'websocket' | 'sse';

/** A moment of the connection. A new object for each change, the same one as long as nothing changes. */
export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** Since when, in milliseconds since 1970 by the clock of this device. */
  readonly since: number;
  readonly transport: Transport;
  /** Why the session ended, where the server has said so: `details.reason` of `SESSION_ENDED`. */
  readonly reason: string | null;
}

/** The state of the connection, to be observed: fits React's `useSyncExternalStore`. */
export interface Connection {
  readonly getSnapshot: () => ConnectionState;
  /** Calls the listener after each change. Answers a function that ends this. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** One thing that needs a link: a subscription, or a call that waits for the link to come back. */
export interface Party {
  /** The link carries it. */
  up(): void;
  /** It waits for the link. */
  down(): void;
  leave(): void;
}

/** The connection, for those who make it. */
export interface ConnectionControl extends Connection {
  enter(): Party;
  setTransport(transport: Transport): void;
  setOffline(offline: boolean): void;
  /** Sets a state that lasts, or takes it away: `outdated` and `closed` are never taken away. */
  hold(status: 'signedOut' | 'outdated' | 'closed' | null, reason?: string): void;
}

/** Makes the state of one client's connection. */
export function createConnection(now: () => number, transport: Transport): ConnectionControl {
  const parties = new Map<object, boolean>();
  const listeners = new Set<() => void>();
  let held: 'signedOut' | 'outdated' | 'closed' | null = null;
  let reason: string | null = null;
  let offline = false;
  let wasOpen = false;
  let state: ConnectionState = { status: 'idle', since: now(), transport, reason: null };

  const statusNow = (): ConnectionStatus => {
    if (held !== null) return held;
    if (parties.size === 0) return 'idle';
    if (offline) return 'offline';
    if ([...parties.values()].every(Boolean)) return 'open';
    return wasOpen ? 'reconnecting' : 'connecting';
  };

  const update = (next: Transport = state.transport): void => {
    const status = statusNow();
    if (status === 'open') wasOpen = true;
    const why = status === 'signedOut' ? reason : null;
    if (status === state.status && next === state.transport && why === state.reason) return;
    const since = status === state.status ? state.since : now();
    state = { status, since, transport: next, reason: why };
    for (const listener of listeners) listener();
  };

  return {
    getSnapshot: () => state,
    subscribe(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => listeners.delete(own);
    },
    enter() {
      const party = {};
      const set = (up: boolean) => {
        if (!parties.has(party)) return;
        parties.set(party, up);
        // Whatever the device says, something has come through.
        if (up) offline = false;
        update();
      };
      parties.set(party, false);
      update();
      return {
        up: () => set(true),
        down: () => set(false),
        leave() {
          parties.delete(party);
          update();
        },
      };
    },
    setTransport: update,
    setOffline(next) {
      offline = next;
      update();
    },
    hold(status, why = '') {
      if (held === 'closed' || (held === 'outdated' && status !== 'closed')) return;
      // A refused call may be heard before the word that says why.
      if (held !== 'signedOut' || why !== '') reason = why === '' ? null : why;
      held = status;
      if (status !== null) wasOpen = false;
      update();
    },
  };
}
