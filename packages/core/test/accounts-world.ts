import { type TemporaryDatabase, temporaryDatabase } from '@amanda/db/temporary';
import type { AccountsOwner } from '../src/accounts/accounts.ts';
import { createAccounts } from '../src/accounts/create-accounts.ts';
import { type Audit, createAudit } from '../src/audit/audit.ts';
import { createDevices } from '../src/devices/devices.ts';
import { type Limits, noLimits } from '../src/limits/limits.ts';
import { silentLog } from '../src/log/log.ts';
import type { Letter } from '../src/mail/letters.ts';
import { createMailer, type Mailer } from '../src/mail/mailer.ts';
import { createPasswords, type Passwords } from '../src/passwords/passwords.ts';
import type { Agent } from '../src/sessions/live-session.ts';
import { createSessions, type EndedSession, type Sessions } from '../src/sessions/sessions.ts';
import { createTokens, type Tokens } from '../src/tokens/tokens.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

/** Accounts over a real database, with few rounds, a clock that stands still and mails that are kept. */
export interface AccountsWorld extends AsyncDisposable {
  readonly db: TemporaryDatabase;
  readonly clock: FakeClock;
  readonly accounts: AccountsOwner;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly audit: Audit;
  readonly letters: readonly Letter[];
  readonly endedSessions: readonly EndedSession[];
  readonly endedRunsOf: readonly number[];
  /** Lets the work behind the answers happen and the mails go out. */
  settle(): Promise<void>;
  /** The token in the last mail to an address. */
  tokenFor(email: string): string;
}

export const agent: Agent = { address: '192.0.2.7', userAgent: 'test' };
export const password = 'correct horse battery';

export async function createAccountsWorld(
  options: {
    limits?: Limits;
    requireVerifiedEmail?: boolean;
    onStatement?: (sql: string) => void;
    storedForms?: readonly string[];
  } = {},
): Promise<AccountsWorld> {
  const db = await temporaryDatabase(
    options.onStatement === undefined ? {} : { onStatement: options.onStatement },
  );
  const clock = createFakeClock();
  const common = { db, clock, log: silentLog };
  const letters: Letter[] = [];
  const endedSessions: EndedSession[] = [];
  const endedRunsOf: number[] = [];
  const mailer: Mailer = createMailer({
    ...common,
    publicUrl: 'https://amanda.example/app',
    transport: {
      deliver: (letter) => {
        letters.push(letter);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    },
  });
  const passwords = createPasswords({
    rounds: 20,
    threads: 1,
    storedForms: options.storedForms,
    log: silentLog,
  });
  const audit = createAudit(common);
  const sessions = createSessions({ ...common, audit, onSessionEnded: (ended) => endedSessions.push(ended) });
  const tokens = createTokens({ ...common, audit });
  const accounts = createAccounts({
    ...common,
    passwords,
    sessions,
    tokens,
    mailer,
    audit,
    limits: options.limits ?? noLimits,
    devices: createDevices(Buffer.alloc(32)),
    publicUrl: 'https://amanda.example/app',
    requireVerifiedEmail: options.requireVerifiedEmail,
    endRuns: (userId) => {
      endedRunsOf.push(userId);
      return Promise.resolve();
    },
  });
  const close = async (): Promise<void> => {
    await accounts.close();
    await mailer.close();
    await sessions.close();
    await tokens.close();
    await audit.close();
    await passwords.close();
    await db.close();
  };
  return {
    db,
    clock,
    accounts,
    sessions,
    tokens,
    passwords,
    audit,
    letters,
    endedSessions,
    endedRunsOf,
    async settle() {
      await accounts.close(); // starts what waits and may be called again
      await mailer.idle();
      await audit.flush();
    },
    tokenFor(email) {
      const link = letters.findLast(({ to, text }) => to === email && text.includes('#token='));
      const token = /#token=([\w-]+)/.exec(link?.text ?? '')?.[1];
      if (token === undefined) throw new Error(`no mail with a token went to ${email}`);
      return token;
    },
    [Symbol.asyncDispose]: close,
  };
}
