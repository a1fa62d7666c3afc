import type { User } from '@amanda/contract';
import type { Database, StoredAccount } from '@amanda/db';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock/clock.ts';
import type { Devices } from '../devices/devices.ts';
import type { Limits } from '../limits/limits.ts';
import type { Log } from '../log/log.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Passwords } from '../passwords/passwords.ts';
import type { PasswordPolicy } from '../passwords/policy.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { Background } from './background.ts';
import { normaliseEmail } from './email.ts';
import type { MailTokens } from './mail-tokens.ts';

/** What accounts are made of; the caller makes and closes all of it. */
export interface AccountsOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly mailer: Mailer;
  readonly limits: Limits;
  readonly audit: Audit;
  readonly devices: Devices;
  /** Where people reach the web app; links in answers to the operator begin with it. */
  readonly publicUrl: string;
  /** Whether only accounts with a confirmed address may chat; false by default. */
  readonly requireVerifiedEmail?: boolean | undefined;
  /** Ends the answers that are being written for a user. Called when an account is disabled or about to go. */
  readonly endRuns: (userId: number) => Promise<void>;
}

/** The options with what accounts make for themselves. */
export interface Parts extends AccountsOptions {
  readonly policy: PasswordPolicy;
  readonly mailTokens: MailTokens;
  readonly background: Background;
}

/** Finds an account by an address as somebody typed it; null also for what cannot be one. */
export async function findByEmail({ db }: Parts, typed: string): Promise<StoredAccount | null> {
  const email = normaliseEmail(typed);
  // A lone surrogate would be stored, and looked up, as another character.
  if (!email.isWellFormed() || email.length > 1000) return null;
  return await db.accounts.findByEmail(email);
}

/** Mails the link that confirms an address. */
export async function mailVerification(
  { mailTokens, mailer }: Parts,
  user: Pick<User, 'id' | 'email'>,
): Promise<void> {
  const token = await mailTokens.create('verify', { userId: user.id, email: user.email });
  mailer.send(user.email, { kind: 'verify', token });
}
