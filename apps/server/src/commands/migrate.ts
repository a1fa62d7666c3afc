import { openDatabase } from '@amanda/db';
import type { Logger } from 'pino';

import type { Config } from '../config/config.ts';
import { lockDataDir } from '../data-dir/lock.ts';

/** Brings the database to this version's schema. Needs the data folder to itself. */
export async function migrate(config: Config, log: Logger): Promise<void> {
  await using parts = new AsyncDisposableStack();
  parts.use(lockDataDir(config));
  parts.use(await openDatabase({ url: config.databaseUrl }));
  log.info({}, 'The database has the newest schema');
}
