import type { Writable } from 'node:stream';

/** What one party may have held for it at a time. */
export interface UnreadLimits {
  /** Bytes of answers of one party, over all its connections, that are being made or wait to be read. */
  readonly unreadBytes: number;
  /** What an answer counts while it is being made, in bytes: as much as a page may have. */
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
  /**
   * Counts an answer that is being made.
   * @param answers as how many it counts: a batch has many, and what a stranger may ask for is small
   * @returns what says that it is made; its bytes are the connection's then
   */
  make(party: string, answers?: number): () => void;
  /**
   * Waits for room, and counts an answer before anybody else can take it.
   * @returns what {@link make} returns; null when the signal aborts first
   */
  take(party: string, answers: number, signal: AbortSignal): Promise<(() => void) | null>;
  /** Bytes that count for a party now. */
  bytes(party: string): number;
  /**
   * Calls back once the party has room for so many answers, which one that holds nothing always has.
   * @returns null when it has room now, else what takes the callback away
   */
  whenRoom(party: string, wake: () => void, answers?: number): (() => void) | null;
}

/** As how many an answer counts by who asks: only users can ask for pages. */
export const answersOf = (session: object | null): number => (session === null ? 1 / 16 : 1);

interface Account {
  readonly connections: Set<Writable>;
  /** Who waits for room, and for how many answers. */
  readonly waiting: Map<() => void, number>;
  making: number;
}

/** Makes the count of one server. */
export function createUnread(limits: UnreadLimits): Unread {
  const accounts = new Map<string, Account>();

  function accountOf(party: string): Account {
    const known = accounts.get(party);
    if (known !== undefined) return known;
    const account: Account = { connections: new Set(), waiting: new Map(), making: 0 };
    accounts.set(party, account);
    return account;
  }

  function bytesOf({ connections, making }: Account): number {
    let bytes = making * limits.answerBytes;
    for (const connection of connections) bytes += connection.writableLength;
    return bytes;
  }

  function hasRoom(account: Account, answers: number): boolean {
    const bytes = bytesOf(account);
    return bytes === 0 || bytes + answers * limits.answerBytes <= limits.unreadBytes;
  }

  /** Whoever is woken takes its room before the next is asked. */
  function settle(party: string, account: Account): void {
    for (const [wake, answers] of account.waiting) {
      if (!hasRoom(account, answers)) return;
      account.waiting.delete(wake);
      wake();
    }
    const isIdle = account.connections.size === 0 && account.making === 0 && account.waiting.size === 0;
    if (isIdle && accounts.get(party) === account) accounts.delete(party);
  }

  function make(party: string, answers = 1): () => void {
    const account = accountOf(party);
    account.making += answers;
    let isMade = false;
    return () => {
      if (isMade) return;
      isMade = true;
      account.making -= answers;
      settle(party, account);
    };
  }

  function whenRoom(party: string, wake: () => void, answers = 1): (() => void) | null {
    const account = accounts.get(party);
    if (account === undefined || (account.waiting.size === 0 && hasRoom(account, answers))) return null;
    account.waiting.set(wake, answers);
    return () => {
      account.waiting.delete(wake);
      settle(party, account);
    };
  }

  function take(party: string, answers: number, signal: AbortSignal): Promise<(() => void) | null> {
    return new Promise((resolve) => {
      const give = () => {
        signal.removeEventListener('abort', quit);
        resolve(make(party, answers));
      };
      const quit = () => {
        forget?.();
        resolve(null);
      };
      if (signal.aborted) return resolve(null);
      const forget = whenRoom(party, give, answers);
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
