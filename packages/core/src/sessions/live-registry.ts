import type { User } from '@amanda/contract';
import type { Clock, ClockTimer } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { EndReason, LiveSession } from './live-session.ts';

/** What the database says of a session or token. Times are milliseconds since 1970. */
export interface StoredSession {
  readonly id: string;
  readonly publicId: string;
  readonly user: User;
  readonly disabled: boolean;
  readonly lastUsedAt: number;
  readonly expiresAt: number | null;
}

/** The rows behind a registry; `key` is what a row is found by. */
export interface SessionStore {
  find(key: string): Promise<StoredSession | null>;
  /** Which of these rows are still there. One statement. */
  existing(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Writes the time of last use, if the row is still there. */
  touch(key: string, at: Date): Promise<void>;
  /** Removes a row that has expired, unless it was used again elsewhere. */
  removeExpired(key: string): Promise<void>;
}

/** How a registry watches over its sessions. Durations are in milliseconds. */
export interface LiveRegistryOptions {
  readonly kind: LiveSession['kind'];
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly log: Log;
  /** A session not used for so long has expired; null for never. */
  readonly idleMs: number | null;
  /** How often the rows of held sessions are looked at. Also how long a look-up is believed. */
  readonly pollMs?: number | undefined;
  /** How often the time of last use is written, at most. */
  readonly touchMs?: number | undefined;
}

/** The sessions that this process holds, each in memory once. */
export interface LiveRegistry {
  /** Null when there is no such session, or it has ended. Costs no query while somebody holds the session. */
  open(key: string): Promise<LiveSession | null>;
  /**
   * Ends what matches: at once in memory, then by `remove` in the database. Look-ups that overlap with this do not
   * bring it back.
   * @throws what `remove` throws; then the rows may still stand and be opened again
   */
  end(
    matches: (key: string, userId: number) => boolean,
    reason: EndReason,
    remove: () => Promise<unknown>,
  ): Promise<void>;
  /** Shows a changed account to all its live sessions. */
  userChanged(user: User): void;
  /** Stops watching. Sessions are not ended. */
  close(): Promise<void>;
}

interface Entry {
  readonly key: string;
  readonly listeners: Set<(reason: EndReason) => void>;
  stored: StoredSession;
  /** Milliseconds since 1970, as it is stored. */
  lastUsedAt: number;
  /** When the time of last use was written, and when the row was looked at; by the monotonic clock. */
  writtenAt: number;
  checkedAt: number;
  holders: number;
  ended: EndReason | null;
}

interface Ending {
  readonly matches: (key: string, userId: number) => boolean;
  readonly reason: EndReason;
}

interface Lookup {
  /** Endings that were under way at some time during this look-up: its row may be older than they are. */
  readonly endings: Ending[];
  readonly found: Promise<Entry | null>;
}

/** Makes a registry. Its timer runs only while it holds something. */
export function createLiveRegistry(options: LiveRegistryOptions): LiveRegistry {
  const { store, clock, log, idleMs, pollMs = 1000, touchMs = 60_000 } = options;
  const entries = new Map<string, Entry>();
  const lookups = new Map<string, Lookup>();
  const endings = new Set<Ending>();
  const background = new Set<Promise<void>>();
  let timer: ClockTimer | undefined;
  let polling = false;
  let closed = false;

  const detach = (work: Promise<void>, failure: string): void => {
    const settled = work
      .catch((error: unknown) => log.warn({ err: error }, failure))
      .finally(() => background.delete(settled));
    background.add(settled);
  };

  const expired = (expiresAt: number | null, lastUsedAt: number): boolean => {
    const now = clock.now();
    return (expiresAt !== null && expiresAt <= now) || (idleMs !== null && lastUsedAt + idleMs <= now);
  };

  const finish = (entry: Entry, reason: EndReason): void => {
    if (entry.ended !== null) return;
    entry.ended = reason;
    if (entries.get(entry.key) === entry) entries.delete(entry.key);
    for (const listener of entry.listeners) {
      try {
        listener(reason);
      } catch (error) {
        log.error({ err: error }, 'a listener to the end of a session failed');
      }
    }
    entry.listeners.clear();
  };

  const settle = (key: string, stored: StoredSession | null, past: readonly Ending[]): Entry | null => {
    const known = entries.get(key);
    const over = ((): EndReason | null => {
      if (stored === null) return 'revoked';
      const ending = past.find(({ matches }) => matches(key, stored.user.id));
      if (ending !== undefined) return ending.reason;
      if (stored.disabled) return 'account_disabled';
      if (!expired(stored.expiresAt, Math.max(stored.lastUsedAt, known?.lastUsedAt ?? 0))) return null;
      detach(store.removeExpired(key), 'an expired session could not be removed');
      return 'expired';
    })();
    if (stored === null || over !== null) {
      if (known !== undefined) finish(known, over ?? 'revoked');
      return null;
    }
    if (known !== undefined) {
      known.stored = stored;
      known.lastUsedAt = Math.max(known.lastUsedAt, stored.lastUsedAt);
      known.checkedAt = clock.monotonic();
      return known;
    }
    const entry: Entry = {
      key,
      listeners: new Set(),
      stored,
      lastUsedAt: stored.lastUsedAt,
      // How long ago it was written is only known by the wall clock, which may have been set since.
      writtenAt: clock.monotonic() - Math.max(0, clock.now() - stored.lastUsedAt),
      checkedAt: clock.monotonic(),
      holders: 0,
      ended: null,
    };
    entries.set(key, entry);
    watch();
    return entry;
  };

  const lookUp = async (key: string): Promise<Entry | null> => {
    const running = lookups.get(key);
    if (running !== undefined) return await running.found;
    const past = [...endings];
    const found = store
      .find(key)
      .then((stored) => settle(key, stored, past))
      .finally(() => lookups.delete(key));
    lookups.set(key, { endings: past, found });
    return await found;
  };

  const poll = async (): Promise<void> => {
    const held: Entry[] = [];
    for (const entry of entries.values()) {
      if (entry.holders > 0) held.push(entry);
      else if (clock.monotonic() - entry.checkedAt >= pollMs) entries.delete(entry.key);
    }
    const stale = held.filter((entry) => expired(entry.stored.expiresAt, entry.lastUsedAt));
    // An idle session may have been in use on another node, so its row decides.
    await Promise.all(stale.map((entry) => lookUp(entry.key)));
    const live = held.filter((entry) => entry.ended === null);
    if (live.length === 0) return;
    const existing = await store.existing(live.map((entry) => entry.key));
    for (const entry of live) if (!existing.has(entry.key)) finish(entry, 'revoked');
  };

  const watch = (): void => {
    if (timer !== undefined || polling || closed || entries.size === 0) return;
    timer = clock.setTimeout(() => {
      timer = undefined;
      polling = true;
      const round = poll().finally(() => {
        polling = false;
        watch();
      });
      detach(round, 'live sessions could not be checked; they go on until they can');
    }, pollMs);
  };

  const touch = (entry: Entry): void => {
    if (entry.ended !== null) return;
    const now = clock.now();
    entry.lastUsedAt = Math.max(entry.lastUsedAt, now);
    if (clock.monotonic() - entry.writtenAt < touchMs) return;
    entry.writtenAt = clock.monotonic();
    detach(store.touch(entry.key, new Date(now)), "a session's time of last use could not be written");
  };

  const hold = (entry: Entry): LiveSession => {
    const own = new Set<(reason: EndReason) => void>();
    let released = false;
    entry.holders += 1;
    touch(entry);
    return {
      kind: options.kind,
      id: entry.stored.id,
      publicId: entry.stored.publicId,
      userId: entry.stored.user.id,
      get user() {
        return entry.stored.user;
      },
      get ended() {
        return entry.ended;
      },
      onEnd(listener) {
        const { ended } = entry;
        if (ended !== null) {
          queueMicrotask(() => listener(ended));
          return () => {};
        }
        const once = (reason: EndReason) => listener(reason);
        own.add(once);
        entry.listeners.add(once);
        return () => {
          own.delete(once);
          entry.listeners.delete(once);
        };
      },
      touch: () => touch(entry),
      release() {
        if (released) return;
        released = true;
        entry.holders -= 1;
        for (const listener of own) entry.listeners.delete(listener);
      },
    };
  };

  const believed = (entry: Entry): boolean =>
    (entry.holders > 0 || clock.monotonic() - entry.checkedAt < pollMs) &&
    !expired(entry.stored.expiresAt, entry.lastUsedAt);

  return {
    async open(key) {
      const known = entries.get(key);
      if (known !== undefined && believed(known)) return hold(known);
      const found = await lookUp(key);
      return found === null || found.ended !== null ? null : hold(found);
    },
    async end(matches, reason, remove) {
      const ending = { matches, reason };
      endings.add(ending);
      for (const lookup of lookups.values()) lookup.endings.push(ending);
      for (const entry of entries.values()) {
        if (matches(entry.key, entry.stored.user.id)) finish(entry, reason);
      }
      try {
        await remove();
      } finally {
        endings.delete(ending);
      }
    },
    userChanged(user) {
      for (const entry of entries.values()) {
        if (entry.stored.user.id === user.id) entry.stored = { ...entry.stored, user };
      }
    },
    async close() {
      closed = true;
      clock.clearTimeout(timer);
      timer = undefined;
      await Promise.all(background);
    },
  };
}
