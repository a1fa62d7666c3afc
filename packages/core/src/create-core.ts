import { randomBytes } from 'node:crypto';
import type { AiClient } from '@amanda/ai-client';
import type { Database } from '@amanda/db';
import type { Accounts, AccountsOwner } from './accounts/accounts.ts';
import { createAccounts } from './accounts/create-accounts.ts';
import { type Operator, operatorOf } from './accounts/operator.ts';
import { type Audit, createAudit } from './audit/audit.ts';
import { createTopics } from './bus/topics.ts';
import type { Chats } from './chats/chats.ts';
import { createChats } from './chats/create-chats.ts';
import { type Clock, systemClock } from './clock/clock.ts';
import { createDevices } from './devices/devices.ts';
import { createFeed } from './feed/create-feed.ts';
import type { Feed } from './feed/feed.ts';
import { createLimits, type Limits } from './limits/limits.ts';
import { createMemoryLimitStore } from './limits/store.ts';
import type { Log } from './log/log.ts';
import { createRefusals, type Refusals } from './log/refusals.ts';
import { createMailer } from './mail/mailer.ts';
import type { MailTransport } from './mail/transports.ts';
import { createMessages } from './messages/create-messages.ts';
import type { Messages } from './messages/messages.ts';
import { createPasswords, type PasswordOptions } from './passwords/passwords.ts';
import {
  type AfterCrash,
  createRuns,
  defaultRunLimits,
  type RunEngine,
  type RunLimits,
} from './runs/create-runs.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import { createSweeper } from './sweep/sweeper.ts';
import { createSystem, type System } from './system/system.ts';
import { createTokens, type Tokens } from './tokens/tokens.ts';

/** How long the audit log is kept: a year. */
const auditAgeMs = 365 * 24 * 3_600_000;

/** What the domain is made of. What is given here is closed by whoever made it. */
export interface CoreOptions {
  readonly db: Database;
  readonly ai: AiClient;
  readonly log: Log;
  /** @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** How mail leaves; without it none is sent, and a log line says so. */
  readonly mail?: MailTransport | undefined;
  /** Where people reach the web app; links in mails begin with it. @default http://localhost:5000 */
  readonly publicUrl?: string | undefined;
  /** @default the limits that a person does not reach, counted in memory */
  readonly limits?: Limits | undefined;
  /** Speed and strength of password hashes. */
  readonly passwords?: Omit<PasswordOptions, 'log'> | undefined;
  /** 32 secret bytes that sign the marks of known devices. @default random ones: a restart makes all devices strangers */
  readonly deviceKey?: Buffer | undefined;
  /** What differs from {@link defaultRunLimits}. */
  readonly runs?: Partial<RunLimits> | undefined;
  /** What becomes of answers that a crash or a shutdown cut off. @default `continue` */
  readonly afterCrash?: AfterCrash | undefined;
  /** Names the AI backend, so that what one shows of itself is not believed of another. @default all are one */
  readonly aiBackend?: string | undefined;
  /** What the AI backend is told about itself. */
  readonly systemPrompt?: string | undefined;
  readonly requireVerifiedEmail?: boolean | undefined;
  /** The version that `system.info` gives. */
  readonly version?: string | undefined;
}

/** The domain: everything that Amanda can do, without any transport. */
export interface Core extends AsyncDisposable {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly chats: Chats;
  readonly messages: Messages;
  readonly runs: RunEngine;
  readonly feed: Feed;
  readonly limits: Limits;
  /** What the operator does while the server runs. */
  readonly operator: Operator;
  readonly audit: Audit;
  /** Counts who is turned away, for the log. */
  readonly refusals: Refusals;
  readonly system: System;
  /** Hands the runs that are left over to the next start, or ends them as `interrupted`; finishes what goes on in the background. May be called twice. */
  close(): Promise<void>;
}

/**
 * Makes the domain on an open database and takes up what a crash left open there: no other process may write to it.
 * Close it before the database.
 * @throws {StorageError} when the database cannot be written
 */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { db, ai, log, clock = systemClock } = options;
  const { transactions } = db;
  const publicUrl = options.publicUrl ?? 'http://localhost:5000';
  const messageTopics = createTopics<number>();
  const feedTopics = createTopics<number>();
  const limits = options.limits ?? createLimits({ store: createMemoryLimitStore() });

  const refusals = createRefusals({ log, clock });
  const audit = createAudit({ db, clock, log });
  const mailer = createMailer({ transport: options.mail ?? noMail(log), publicUrl, clock, log });
  const passwords = createPasswords({
    storedForms: await transactions.passwordForms(),
    ...options.passwords,
    log,
  });
  const tokens = createTokens({ db, clock, log, audit });
  const sessions = createSessions({
    db,
    clock,
    log,
    audit,
    onSessionEnded: ({ userId }) => feedTopics.publish(userId),
  });

  const runLimits: RunLimits = { ...defaultRunLimits, ...options.runs };
  const runs = createRuns({
    transactions,
    ai,
    clock,
    log,
    limits: runLimits,
    afterCrash: options.afterCrash,
    backend: options.aiBackend,
    systemPrompt: options.systemPrompt,
    messages: messageTopics,
    feeds: feedTopics,
    async charge(userId) {
      await accounts.assertMayChat(userId);
      await limits.take('message', { userId });
    },
  });
  const accounts: AccountsOwner = createAccounts({
    db,
    clock,
    log,
    passwords,
    sessions,
    tokens,
    mailer,
    limits,
    devices: createDevices(options.deviceKey ?? randomBytes(32)),
    audit,
    publicUrl,
    requireVerifiedEmail: options.requireVerifiedEmail,
    async endRuns(userId) {
      await runs.endAllOf(userId, await db.runs.listActive(userId));
    },
  });
  const sweeper = createSweeper({
    transactions,
    clock,
    log,
    alsoSweep: {
      sessions: (limit) => sessions.sweep(limit),
      mailTokens: (limit) => accounts.sweep(limit),
      audit: (limit) => audit.sweep(new Date(clock.now() - auditAgeMs), limit),
    },
  });

  const recovered = await runs.recover();
  if (recovered.continued + recovered.ended > 0) {
    log.info(recovered, 'answers had been cut short: some go on, the others are closed as interrupted');
  }
  // Only now: its disk work and the recovery's would be in each other's way.
  void db.foldLog();

  const shut = async (): Promise<void> => {
    await sweeper.close();
    await runs.shutdown(0);
    await accounts.close();
    await sessions.close();
    await tokens.close();
    await mailer.close();
    await passwords.close();
    await audit.close();
    refusals.close();
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= shut());

  return {
    accounts,
    sessions,
    tokens,
    chats: createChats({
      transactions,
      clock,
      feeds: feedTopics,
      onRunEnded: (messageId) => runs.release(messageId),
    }),
    messages: createMessages(transactions),
    runs,
    feed: createFeed(transactions, feedTopics),
    limits,
    operator: operatorOf({ db, accounts, sessions, tokens }),
    audit,
    refusals,
    system: createSystem({
      db,
      log,
      version: options.version ?? '0.0.0',
      maxQuestionLength: runLimits.maxQuestionLength,
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function noMail(log: Log): MailTransport {
  return {
    deliver({ subject }) {
      log.warn({ subject }, 'a mail was not sent: no way to send mail is configured');
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
