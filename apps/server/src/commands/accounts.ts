import { createOperator } from '@amanda/core';
import { openDatabase } from '@amanda/db';
import type { Logger } from 'pino';

import { type AdminRequest, act } from '../admin/act.ts';
import { askServer } from '../admin/client.ts';
import type { Config } from '../config/config.ts';
import { lockDataDir } from '../data-dir/lock.ts';

/**
 * Does what the operator asks for: through the server that runs on the data folder, or else on the database itself.
 * @throws {Refusal} in one line, when it cannot be done
 */
export async function administer(config: Config, log: Logger, request: AdminRequest): Promise<void> {
  const answer = (await askServer(config.dataDir, request)) ?? (await actAlone(config, log, request));
  process.stdout.write(`${answer}\n`);
}

async function actAlone(config: Config, log: Logger, request: AdminRequest): Promise<string> {
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
  return await act(operator, request);
}

const hostInUrl = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
};
