import { AmandaError, createOperator, type Operator } from '@amanda/core';
import { openDatabase } from '@amanda/db';
import type { Logger } from 'pino';

import type { Config } from '../config/config.ts';
import { lockDataDir } from '../data-dir/lock.ts';
import { Refusal } from '../data-dir/refusal.ts';

/**
 * Makes an admin of the account with this address, or makes the account.
 * @throws {Refusal} for what is no address, and when a server uses the data folder
 */
export async function createAdmin(config: Config, log: Logger, email: string): Promise<void> {
  await withOperator(config, log, async (operator) => {
    const { user, passwordUrl } = await operator.createAdmin(email);
    say(`${user.email} is an admin; all its sessions were ended.`);
    if (passwordUrl === null) return;
    say(`The account is new. Within an hour, once Amanda runs, choose its password here:\n${passwordUrl}`);
  });
}

/** Ends all sessions of an account. @throws {Refusal} when there is none, or a server uses the data folder */
export async function endSessions(config: Config, log: Logger, email: string): Promise<void> {
  await withOperator(config, log, async (operator) => {
    const count = await operator.endSessions(email);
    say(`${count} ${count === 1 ? 'session was' : 'sessions were'} ended.`);
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function withOperator(
  config: Config,
  log: Logger,
  work: (operator: Operator) => Promise<void>,
): Promise<void> {
  await using parts = new AsyncDisposableStack();
  parts.use(lockDataDir(config));
  const db = parts.use(await openDatabase({ url: config.databaseUrl }));
  const operator = parts.use(
    createOperator({
      db,
      log,
      publicUrl: config.publicUrl?.origin ?? `http://${hostInUrl(config.host)}:${config.port}`,
      passwords: { rounds: config.passwordHashRounds, threads: 1 },
    }),
  );
  try {
    await work(operator);
  } catch (error) {
    if (!(error instanceof AmandaError)) throw error;
    if (error.code === 'NOT_FOUND') throw new Refusal('There is no account with this e-mail address.');
    if (error.code === 'INVALID_INPUT') throw new Refusal('This is not an e-mail address.');
    throw error;
  }
}

const hostInUrl = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
};
