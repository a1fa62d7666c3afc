import type { Writable } from 'node:stream';

/** What one party may have held for it at a time. */
export interface UnreadLimits {
  /** Bytes of answers of one party, over all its connections, that are being made or wait to be read. */
  readonly unreadBytes: number;
  /** What an answer counts while it is being made, in bytes. */
  readonly answerBytes: number;
}

/**
 * Counts what the server holds for each party (a user, or a stranger's address): answers that are being made, and bytes
 * that the party's connections have not taken. A party that has reached its bound gets no further answers made until it
 * has read; nobody else notices.
 */
export interface Unread {
  /** Counts the unread bytes of a connection to a party. @returns what ends that */
  hold(party: string, connection: Writable): () => void;
  /** Counts an answer that is being made. @returns what says that it is made; its bytes are the connection's then */
  make(party: string): () => void;
  /** Bytes that count for a party now. */
  bytes(party: string): number;
  /** Calls back once the party has room again. @returns null when it has room now, else what takes the callback away */
  whenRoom(party: string, wake: () => void): (() => void) | null;
}

interface Account {
  readonly connections: Set<Writable>;
  readonly waiting: Set<() => void>;
  making: number;
}

/** Makes the count of one server. */
export function createUnread(limits: UnreadLimits): Unread {
  const accounts = new Map<string, Account>();

  function accountOf(party: string): Account {
    const known = accounts.get(party);
    if (known !== undefined) return known;
    const account: Account = { connections: new Set(), waiting: new Set(), making: 0 };
    accounts.set(party, account);
    return account;
  }

  function bytesOf({ connections, making }: Account): number {
    let bytes = making * limits.answerBytes;
    for (const connection of connections) bytes += connection.writableLength;
    return bytes;
  }

  const hasRoom = (account: Account) => bytesOf(account) + limits.answerBytes <= limits.unreadBytes;

  /** Whoever is woken takes its room before the next is asked. */
  function settle(party: string, account: Account): void {
    for (const wake of account.waiting) {
      if (!hasRoom(account)) return;
      account.waiting.delete(wake);
      wake();
    }
    const isIdle = account.connections.size === 0 && account.making === 0 && account.waiting.size === 0;
    if (isIdle && accounts.get(party) === account) accounts.delete(party);
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
    make(party) {
      const account = accountOf(party);
      account.making += 1;
      let isMade = false;
      return () => {
        if (isMade) return;
        isMade = true;
        account.making -= 1;
        settle(party, account);
      };
    },
    bytes(party) {
      const account = accounts.get(party);
      return account === undefined ? 0 : bytesOf(account);
    },
    whenRoom(party, wake) {
      const account = accounts.get(party);
      if (account === undefined || (account.waiting.size === 0 && hasRoom(account))) return null;
      account.waiting.add(wake);
      return () => {
        account.waiting.delete(wake);
        settle(party, account);
      };
    },
  };
}
