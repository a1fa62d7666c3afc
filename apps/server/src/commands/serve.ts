import { setTimeout } from 'node:timers/promises';

import type { Logger } from 'pino';

import { type Amanda, startAmanda } from '../amanda.ts';
import type { Config } from '../config/config.ts';

/** Ctrl-C reaches a program under npm twice within milliseconds: from the terminal and from npm. */
const samePressMs = 1000;

/**
 * How long a server without its database says 503 before it ends: balancers notice that nothing is taken here, and
 * clients are told so, before the port is closed.
 */
const farewellMs = 5_000;

/**
 * Serves until SIGTERM or SIGINT, then drains. Ends by itself, with exit code 1, when the database was deleted or
 * replaced under it. Another signal, a second or more later, ends the process at once.
 * @returns when everything is closed
 */
export async function serve(config: Config, log: Logger): Promise<void> {
  const asked = Promise.withResolvers<NodeJS.Signals>();
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    first ??= performance.now();
    if (performance.now() - first > samePressMs) process.exit(1);
    asked.resolve(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  try {
    const amanda = await startAmanda(config, log);
    log.info({ url: amanda.url }, `Amanda is ready: open ${amanda.url} in a browser`);
    const gone = amanda.databaseGone.then((error) => ({ error }));
    const why = await Promise.race([asked.promise, gone]);
    if (typeof why === 'object') {
      process.exitCode = 1;
      await sayThatItIsGone(amanda, why.error, log);
      await Promise.race([asked.promise, setTimeout(farewellMs, undefined, { ref: false })]);
      await amanda.close();
      return;
    }
    const signal = why;
    log.info({ signal }, `Amanda is closing on ${signal}; answers being written may end`);
    await amanda.close();
    log.info({}, 'Amanda has closed');
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}

async function sayThatItIsGone(amanda: Amanda, error: Error, log: Logger): Promise<void> {
  const copy = await amanda.rescuedDatabase();
  const kept = copy === null ? 'What it held could not be copied.' : `What it held is in ${copy}.`;
  log.fatal(
    `${error.message} ${kept} Nothing more is taken, and Amanda ends: put the database back, then start it.`,
  );
}
