import type { Logger } from 'pino';

import { startAmanda } from '../amanda.ts';
import type { Config } from '../config/config.ts';

/**
 * Serves until SIGTERM or SIGINT, then drains. A second signal ends the process at once.
 * @returns when everything is closed
 */
export async function serve(config: Config, log: Logger): Promise<void> {
  const asked = Promise.withResolvers<NodeJS.Signals>();
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1;
    if (signals > 1) process.exit(1);
    asked.resolve(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  try {
    const amanda = await startAmanda(config, log);
    log.info({ url: amanda.url }, `Amanda is ready: ${amanda.url}`);
    const signal = await asked.promise;
    log.info({ signal }, 'Amanda is closing; answers being written may end');
    await amanda.close();
    log.info({}, 'Amanda has closed');
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}
