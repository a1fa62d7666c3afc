import { type AiServer, createAiServer, providerFromConfig } from '@amanda/ai-service';
import { type Logger, pino } from 'pino';
import { type BackendConfig, ConfigurationError, readEnvironment } from './env.ts';

function fail(line: string): void {
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
}

/** The first signal ends the server gracefully; a second one ends the process as it would without us. */
function closeOnSignal(server: AiServer, log: Logger): void {
  const onSignal = (signal: NodeJS.Signals) => {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
    log.info({ signal }, 'Closing');
    server.close().then(
      () => log.info('Closed'),
      (thrown: unknown) => {
        log.error({ err: thrown }, 'Could not close');
        process.exitCode = 1;
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function serve({ host, port, logLevel, token, provider: config }: BackendConfig): Promise<void> {
  const log = pino({ level: logLevel });
  const provider = providerFromConfig(config);
  let server: AiServer;
  try {
    server = await createAiServer({ provider, host, port, token, log });
  } catch (thrown) {
    log.debug({ err: thrown }, 'Could not listen');
    fail(`AI_PORT ${port} on AI_HOST ${host} cannot be used: is it taken?`);
    return;
  }
  closeOnSignal(server, log);
  log.info({ host: server.host, port: server.port, provider: provider.name }, 'The AI backend listens');
}

try {
  await serve(readEnvironment());
} catch (thrown) {
  if (!(thrown instanceof ConfigurationError)) throw thrown;
  fail(thrown.message);
}
