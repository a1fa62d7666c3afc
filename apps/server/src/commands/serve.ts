import type { Logger } from 'pino';

import { startAmanda } from '../amanda.ts';
import type { Config } from '../config/config.ts';

/** Ctrl-C reaches a program under npm twice within milliseconds: from the terminal and from npm. */
const samePressMs = 1000;

/**
 * Serves until SIGTERM or SIGINT, then drains. Another signal, a second or more later, ends the process at once.
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
    const signal = await asked.promise;
    log.info({ signal }, `Amanda is closing on ${signal}; answers being written may end`);
    await amanda.close();
    log.info({}, 'Amanda has closed');
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}
