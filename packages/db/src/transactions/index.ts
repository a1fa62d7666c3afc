import { setImmediate } from 'node:timers/promises';
import * as accounts from './accounts.ts';
import * as chats from './chats.ts';
import { recallClientKey } from './client-keys.ts';
import * as feed from './feed.ts';
import * as journal from './journal.ts';
import * as pages from './message-pages.ts';
import * as messages from './messages.ts';
import * as recovery from './recovery.ts';
import * as removal from './removal.ts';
import { searchTexts } from './search.ts';
import type { ClientKeyInput, TurnIds } from './start.ts';
import * as start from './start.ts';
import * as sweeps from './sweep.ts';
import type { Transaction, TransactionRunner } from './transaction.ts';

const writes = {
  startSend: start.startSend,
  startRegenerate: start.startRegenerate,
  startEdit: start.startEdit,
  startContinue: start.startContinue,
  turnIntoVersion: start.turnIntoVersion,
  append: journal.append,
  closeRun: journal.closeRun,
  closeLostRuns: journal.closeLostRuns,
  heartbeat: journal.heartbeat,
  recoverRuns: recovery.recoverRuns,
  handOver: recovery.handOver,
  rememberContinues: recovery.rememberContinues,
  createChat: chats.createChat,
  renameChat: chats.renameChat,
  markRead: chats.markRead,
  deleteChat: chats.deleteChat,
  restoreChat: chats.restoreChat,
  sweep: sweeps.sweep,
  buryUser: removal.buryUser,
  removeUserSlice: removal.removeUserSlice,
  createSession: accounts.createSession,
  endSession: accounts.endSession,
  endSessions: accounts.endSessions,
  changePassword: accounts.changePassword,
  resetPassword: accounts.resetPassword,
  createToken: accounts.createToken,
};

const reads = {
  readMessage: messages.readMessage,
  readAnyMessage: messages.readAnyMessage,
  readRunStates: journal.readRunStates,
  readRun: journal.readRun,
  recallContinues: recovery.recallContinues,
  readChat: chats.readChat,
  listChats: chats.listChats,
  searchTexts,
  liveSessionIds: accounts.liveSessionIds,
  sessionAddresses: accounts.sessionAddresses,
  passwordForms: accounts.passwordForms,
  liveTokenHashes: accounts.liveTokenHashes,
  recallTurn: (userId: number, key: ClientKeyInput): Transaction<TurnIds | undefined> =>
    recallClientKey<TurnIds>(userId, key),
};

/** Reads of several statements, which must see one state of the database. */
const consistentReads = {
  listMessages: pages.listMessages,
  listVersions: pages.listVersions,
  readFeed: feed.readFeed,
  readTurn: recovery.readTurn,
};

type All = typeof writes & typeof reads & typeof consistentReads;

type Bound<F> = F extends (...args: infer A) => Transaction<infer T> ? (...args: A) => Promise<T> : never;

/**
 * The transactions of messages and of the change feed, the pages that clients read, and deletions, as prepared statements. Each is atomic; it rejects with
 * `Refused` when its conditions are not met and with `StorageError` when the database refuses.
 */
export type Transactions = { readonly [K in keyof All]: Bound<All[K]> } & {
  /**
   * Removes an account with everything of it, slice by slice, with turns for others in between. Its runs must have ended.
   * @param mayGoOn asked before each slice; the sweep removes what is left
   * @returns whether nothing is left
   */
  deleteUser(userId: number, mayGoOn?: () => boolean): Promise<boolean>;
};

/** Binds the transactions to a database. */
export function createTransactions(runner: TransactionRunner): Transactions {
  const bind = <S extends Record<string, (...args: never[]) => Transaction<unknown>>>(
    transactions: S,
    run: <T>(transaction: () => Transaction<T>) => Promise<T>,
  ): { [K in keyof S]: Bound<S[K]> } => {
    const bound = Object.entries(transactions).map(([name, transaction]) => [
      name,
      (...args: never[]) => run(() => transaction(...args)),
    ]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- names and signatures are those of the transactions
    return Object.fromEntries(bound) as { [K in keyof S]: Bound<S[K]> };
  };

  const bound = bind(writes, (transaction) => runner.write(transaction));
  return {
    ...bound,
    async deleteUser(userId, mayGoOn = () => true) {
      while (mayGoOn()) {
        if (await bound.removeUserSlice(userId)) return true;
        await setImmediate();
      }
      return false;
    },
    ...bind(reads, (transaction) => runner.read(transaction)),
    ...bind(consistentReads, (transaction) => runner.snapshot(transaction)),
  };
}
