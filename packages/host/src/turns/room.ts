import type { Writable } from 'node:stream';

/**
 * Counts the bytes that the server holds for each party: of what it is at work on, and of what the party's connections
 * have not taken. A party that has reached its bound has to wait until there is room again; nobody else notices.
 */
export interface Room {
  /** Counts the untaken bytes of a connection to a party. @returns what ends that */
  hold(party: string, connection: Unread): () => void;
  /**
   * Counts work that begins.
   * @param bytes what it may come to
   * @returns what says that it is done; the bytes of an answer are the connection's then
   */
  make(party: string, bytes: number): () => void;
  /**
   * Waits for room, and counts the work before anybody else can take it.
   * @returns what {@link make} returns; null when the signal aborts first
   */
  take(party: string, bytes: number, signal: AbortSignal): Promise<(() => void) | null>;
  /** Bytes that count for a party now. */
  bytes(party: string): number;
  /**
   * Calls back once the party has room for so many bytes, which one for whom nothing is held always has.
   * @returns null when it has room now, else what takes the callback away
   */
  whenRoom(party: string, bytes: number, wake: () => void): (() => void) | null;
}

/** What a connection's peer has not taken; a `Writable` of Node says so. */
export type Unread = Pick<Writable, 'writableLength'> & {
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
};

interface Account {
  readonly connections: Set<Unread>;
  /** Who waits for room, and for how many bytes. */
  readonly waiting: Map<() => void, number>;
  making: number;
}

/** Makes the count of one server. @param mostBytes of one party */
export function createRoom(mostBytes: number): Room {
  const accounts = new Map<string, Account>();

  function accountOf(party: string): Account {
    const known = accounts.get(party);
    if (known !== undefined) return known;
    const account: Account = { connections: new Set(), waiting: new Map(), making: 0 };
    accounts.set(party, account);
    return account;
  }

  function bytesOf({ connections, making }: Account): number {
    let bytes = making;
    for (const connection of connections) bytes += connection.writableLength;
    return bytes;
  }

  function hasRoom(account: Account, bytes: number): boolean {
    const held = bytesOf(account);
    return held === 0 || held + bytes <= mostBytes;
  }

  /** Whoever is woken takes its room before the next is asked. */
  function settle(party: string, account: Account): void {
    for (const [wake, bytes] of account.waiting) {
      if (!hasRoom(account, bytes)) return;
      account.waiting.delete(wake);
      wake();
    }
    const isIdle = account.connections.size === 0 && account.making === 0 && account.waiting.size === 0;
    if (isIdle && accounts.get(party) === account) accounts.delete(party);
  }

  function make(party: string, bytes: number): () => void {
    const account = accountOf(party);
    account.making += bytes;
    let isMade = false;
    return () => {
      if (isMade) return;
      isMade = true;
      account.making -= bytes;
      settle(party, account);
    };
  }

  function whenRoom(party: string, bytes: number, wake: () => void): (() => void) | null {
    const account = accounts.get(party);
    if (account === undefined || (account.waiting.size === 0 && hasRoom(account, bytes))) return null;
    account.waiting.set(wake, bytes);
    return () => {
      account.waiting.delete(wake);
      settle(party, account);
    };
  }

  function take(party: string, bytes: number, signal: AbortSignal): Promise<(() => void) | null> {
    return new Promise((resolve) => {
      const give = () => {
        signal.removeEventListener('abort', quit);
        resolve(make(party, bytes));
      };
      const quit = () => {
        forget?.();
        resolve(null);
      };
      if (signal.aborted) return resolve(null);
      const forget = whenRoom(party, bytes, give);
      if (forget === null) return give();
      signal.addEventListener('abort', quit, { once: true });
    });
  }

  return {
    hold(party, connection) {
      const account = accountOf(party);
      const look = () => settle(party, account);
      account.connections.add(connection);
      connection.on('drain', look);
      return () => {
        connection.off('drain', look);
        account.connections.delete(connection);
        look();
      };
    },
    make,
    bytes(party) {
      const account = accounts.get(party);
      return account === undefined ? 0 : bytesOf(account);
    },
    whenRoom,
    take,
  };
}
