import { existsSync } from 'node:fs';
import path from 'node:path';

import { createAiClient } from '@amanda/ai-client';
import { createAiServer, providerFromConfig } from '@amanda/ai-service';
import {
  createCore,
  createKeys,
  createOutboxTransport,
  createSmtpTransport,
  isWeakSecret,
  type Log,
  type MailTransport,
  noLimits,
  systemClock,
} from '@amanda/core';
import { openDatabase } from '@amanda/db';
import { bindPort, callBytesFor, defaultHostConfig, type Listener, startServer } from '@amanda/host';

import packageJson from '../package.json' with { type: 'json' };
import { listenForAdmin } from './admin/server.ts';
import type { Config } from './config/config.ts';
import { lockDataDir } from './data-dir/lock.ts';
import { Refusal } from './data-dir/refusal.ts';
import { secretOf } from './data-dir/secret.ts';

/** Where the built web app lies; without it the host says that it has not been built. */
const webApp = path.join(import.meta.dirname, '../../web/dist');

/** A whole Amanda in this process. */
export interface Amanda extends AsyncDisposable {
  /** Where a client on this machine reaches it. */
  readonly url: string;
  readonly port: number;
  /**
   * Resolves when the database was deleted or replaced under the server, which then refuses everything. Whoever started
   * it should say so and close it.
   */
  readonly databaseGone: Promise<Error>;
  /** After {@link databaseGone}: where a copy of the database was put, if one could be made. */
  rescuedDatabase(): Promise<string | null>;
  /** Drains and closes everything, the data folder last. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts everything, in the order of `docs/ARCHITECTURE.md`: lock the data folder, bind the port, migrate, take up the
 * runs of a crash, serve. What was started before a failure is closed again.
 * @throws {Refusal} when the folder or the port is taken, {OpenError} of `@amanda/db` when the database is not ours
 */
export async function startAmanda(config: Config, log: Log): Promise<Amanda> {
  await using parts = new AsyncDisposableStack();
  parts.use(lockDataDir(config));
  const listener = parts.use(await bind(config));
  warnOf(config, log);
  const keys = createKeys(config.secrets.length > 0 ? config.secrets : [secretOf(config.dataDir)]);
  const db = parts.use(
    await openDatabase({ url: config.databaseUrl, log: (level, fields, text) => log[level](fields, text) }),
  );
  const backend = config.aiBackend ?? (await startAiBackend(parts, config, log));
  const ai = parts.use(createAiClient({ ...backend, ...config.aiPatience }));
  const core = parts.use(
    await createCore({
      db,
      ai,
      log,
      mail: mailOf(config, log),
      publicUrl: config.publicUrl?.origin ?? listener.url,
      passwords: { rounds: config.passwordHashRounds },
      deviceKey: keys.derive('device'),
      runs: {
        maxQuestionLength: config.maxMessageLength,
        maxRunsPerUser: config.maxRunsPerUser,
        maxRuns: config.maxRuns,
      },
      afterCrash: config.afterCrash,
      aiBackend: nameOf(config),
      systemPrompt: config.systemPrompt,
      requireVerifiedEmail: config.requireVerifiedEmail,
      version: packageJson.version,
      ...(config.rateLimits ? {} : { limits: noLimits }),
    }),
  );
  const callBytes = callBytesFor(config.maxMessageLength);
  const server = parts.use(
    await startServer({
      core,
      keys,
      log,
      listener,
      config: {
        ...defaultHostConfig,
        publicUrl: config.publicUrl,
        webRoot: existsSync(path.join(webApp, 'index.html')) ? webApp : null,
        corsOrigins: config.corsOrigins,
        trustedProxies: config.trustedProxies,
        drainMs: config.drainMs,
        callBytes,
        sockets: { ...defaultHostConfig.sockets, maxPayload: callBytes },
        http: { ...defaultHostConfig.http, keepAliveMs: config.keepAliveMs },
      },
    }),
  );
  parts.use(await listenForAdmin({ dataDir: config.dataDir, operator: core.operator, log }));
  const running = parts.move();
  const close = () => running.disposeAsync();
  return {
    url: server.url,
    port: server.port,
    databaseGone: db.gone,
    rescuedDatabase: () => db.rescued(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Says loudly what should not be so where people's accounts are. */
function warnOf(config: Config, log: Log): void {
  if (!config.rateLimits) log.warn({}, 'RATE_LIMITS is off: passwords can be guessed without limit');
  if (config.secrets.some(isWeakSecret)) {
    log.warn({}, 'SECRET_KEY is short or taken from an example: whoever guesses it can forge cookies');
  }
}

/** SMTP when it is configured, else files in the data folder. */
function mailOf({ mail, dataDir }: Config, log: Log): MailTransport {
  if (mail !== null) return createSmtpTransport(mail);
  const directory = path.join(dataDir, 'outbox');
  return createOutboxTransport({ directory, from: 'Amanda <amanda@localhost>', clock: systemClock, log });
}

/** What the AI backend is remembered by. The built-in one has another port at each start. */
const nameOf = ({ aiBackend, provider }: Config): string =>
  aiBackend === null ? `built in: ${provider.provider}` : `${aiBackend.host}:${aiBackend.port}`;

/** Serves the chosen provider on a free loopback port: what we speak to is real gRPC in either case. */
async function startAiBackend(parts: AsyncDisposableStack, config: Config, log: Log) {
  const backend = parts.use(await createAiServer({ provider: providerFromConfig(config.provider), log }));
  return { host: backend.host, port: backend.port };
}

async function bind(config: Config): Promise<Listener> {
  try {
    return await bindPort({ host: config.host, port: config.port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const place = `${config.host}:${config.port}`;
    if (code === 'EADDRINUSE') {
      throw new Refusal(
        `${config.portVariable} ${place} is in use by another program; set PORT to another one.`,
      );
    }
    if (code === 'EACCES') {
      throw new Refusal(
        `${config.portVariable} ${place} may not be bound by this user; set PORT above 1023.`,
      );
    }
    throw new Refusal(`HOST ${place} cannot be bound (${String(code)}).`, { cause: error });
  }
}
