import { randomBytes } from 'node:crypto';
import type { User } from '@amanda/contract';
import type { Database } from '@amanda/db';
import { createAudit } from '../audit/audit.ts';
import { systemClock } from '../clock/clock.ts';
import { createDevices } from '../devices/devices.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { noLimits } from '../limits/limits.ts';
import type { Log } from '../log/log.ts';
import { createMailer } from '../mail/mailer.ts';
import { createPasswords, type PasswordOptions } from '../passwords/passwords.ts';
import { createSessions, type Sessions } from '../sessions/sessions.ts';
import { createTokens, type Tokens } from '../tokens/tokens.ts';
import type { AccountsOwner } from './accounts.ts';
import { createAccounts } from './create-accounts.ts';
import { normaliseEmail } from './email.ts';

/** What an operator does with accounts, by their e-mail addresses. All but `createAdmin` throw NOT_FOUND. */
export interface Operator {
  /**
   * Makes an admin of an account, or a new account.
   * @returns for a new account, a link with which its owner chooses a password (good for an hour), else null
   * @throws INVALID_INPUT for what cannot be an address
   */
  createAdmin(email: string): Promise<{ user: User; passwordUrl: string | null }>;
  /** Ends all sessions and bearer tokens of an account. @returns how many there were */
  endSessions(email: string): Promise<{ sessions: number; tokens: number }>;
  /** Disables an account (its sessions and answers end, its tokens rest) or enables it. */
  setDisabled(email: string, disabled: boolean): Promise<void>;
}

/** Makes the operator's hand on the parts of a domain. */
export function operatorOf(parts: {
  db: Database;
  accounts: AccountsOwner;
  sessions: Sessions;
  tokens: Tokens;
}): Operator {
  const { db, accounts, sessions, tokens } = parts;
  const idOf = async (email: string): Promise<number> => {
    const account = await db.accounts.findByEmail(normaliseEmail(email));
    if (account === null) throw new AmandaError('NOT_FOUND');
    return account.user.id;
  };
  return {
    createAdmin: (email) => accounts.createAdmin(email),
    async endSessions(email) {
      const userId = await idOf(email);
      const [sessionCount, tokenCount] = await Promise.all([
        db.sessions.count(userId),
        db.tokens.count(userId),
      ]);
      await tokens.endAll(userId, 'revoked');
      await sessions.endAll(userId, {}, 'revoked');
      return { sessions: sessionCount, tokens: tokenCount };
    },
    async setDisabled(email, disabled) {
      await accounts.setDisabled(await idOf(email), disabled);
    },
  };
}

/** Makes the operator's hand on a database that no server uses; dispose of it before the database. */
export function createOperator(options: {
  db: Database;
  log: Log;
  publicUrl: string;
  passwords?: Omit<PasswordOptions, 'log'> | undefined;
}): Operator & AsyncDisposable {
  const { db, log, publicUrl } = options;
  const clock = systemClock;
  const audit = createAudit({ db, clock, log });
  const passwords = createPasswords({ ...options.passwords, log });
  const tokens = createTokens({ db, clock, log, audit });
  const sessions = createSessions({ db, clock, log, audit });
  const transport = { deliver: () => Promise.resolve(), close: () => Promise.resolve() };
  const mailer = createMailer({ transport, publicUrl, clock, log });
  const accounts = createAccounts({
    db,
    clock,
    log,
    passwords,
    sessions,
    tokens,
    mailer,
    limits: noLimits,
    devices: createDevices(randomBytes(32)),
    audit,
    publicUrl,
    endRuns: () => Promise.resolve(),
  });
  return {
    ...operatorOf({ db, accounts, sessions, tokens }),
    async [Symbol.asyncDispose]() {
      await accounts.close();
      await sessions.close();
      await tokens.close();
      await mailer.close();
      await passwords.close();
      await audit.close();
    },
  };
}
