import { randomBytes } from 'node:crypto';
import type { Database } from '@amanda/db';
import { createAudit } from '../audit/audit.ts';
import { systemClock } from '../clock/clock.ts';
import { createDevices } from '../devices/devices.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { noLimits } from '../limits/limits.ts';
import type { Log } from '../log/log.ts';
import { createMailer } from '../mail/mailer.ts';
import { createPasswords, type PasswordOptions } from '../passwords/passwords.ts';
import { createSessions } from '../sessions/sessions.ts';
import { createTokens } from '../tokens/tokens.ts';
import { createAccounts } from './create-accounts.ts';
import { normaliseEmail } from './email.ts';
import type { User } from './user.ts';

/** What an operator does with accounts on the command line, while no server uses the database. */
export interface Operator extends AsyncDisposable {
  /**
   * Makes an admin of an account, or a new account.
   * @returns for a new account, a link with which its owner chooses a password (good for an hour), else null
   * @throws INVALID_INPUT for what cannot be an address
   */
  createAdmin(email: string): Promise<{ user: User; passwordUrl: string | null }>;
  /** Ends all sessions of an account. @returns how many there were @throws NOT_FOUND */
  endSessions(email: string): Promise<number>;
}

/** Makes the operator's hand on an open database; dispose of it before the database. */
export function createOperator(options: {
  db: Database;
  log: Log;
  publicUrl: string;
  passwords?: Omit<PasswordOptions, 'log'> | undefined;
}): Operator {
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
    createAdmin: (email) => accounts.createAdmin(email),
    async endSessions(email) {
      const user = await db.prisma.user.findUnique({ where: { email: normaliseEmail(email) } });
      if (user === null) throw new AmandaError('NOT_FOUND');
      const count = await db.prisma.session.count({ where: { userId: user.id } });
      await sessions.endAll(user.id, {}, 'revoked');
      return count;
    },
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
