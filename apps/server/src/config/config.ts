import { isIP } from 'node:net';
import path from 'node:path';

import type { AiPatience } from '@amanda/ai-client';
import {
  AiConfigError,
  aiConfigShape,
  aiSecretNames,
  type ProviderConfig,
  patienceFrom,
  providerConfigFrom,
  SecretFileError,
  withSecretFiles,
} from '@amanda/ai-service';
import { z } from 'zod';

import { addresses, list, onOff, origins, port, publicUrl, whole } from './fields.ts';

/** The settings of a server that have a wrong value; each line names its variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

const text = z.string().min(1);
const host = text.refine(
  (value) => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value),
  'must be a host name or an IP address',
);

/** Every variable, as it may stand in the environment. An empty value counts as none. */
const variables = z.object({
  HOST: host.optional(),
  PORT: port.optional(),
  FLASK_HOST: host.optional(),
  FLASK_PORT: port.optional(),
  SECRET_KEY: text.optional(),
  SECRET_KEY_PREVIOUS: text.optional(),
  DATA_DIR: text.default('./data'),
  DATABASE_URL: text
    .refine((url) => /^(file:|sqlite:\/\/\/)./.test(url), 'must be file:PATH or sqlite:///PATH')
    .optional(),
  GRPC_AI_BACKEND_HOST: host.optional(),
  GRPC_AI_BACKEND_PORT: port
    .refine((value) => value > 0, 'must be a whole number from 1 to 65535')
    .optional(),
  GRPC_AI_BACKEND_TLS: onOff.default(false),
  GRPC_AI_BACKEND_TOKEN: text
    .regex(/^[\x21-\x7e]{1,512}$/, 'must be 1 to 512 visible ASCII characters')
    .optional(),
  ...aiConfigShape,
  SYSTEM_PROMPT: text.max(20_000, 'must have at most 20000 characters').optional(),
  CORS_ORIGINS: origins.default([]),
  PUBLIC_URL: publicUrl.optional(),
  TRUSTED_PROXIES: addresses.default([]),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent')
    .default('info'),
  RATE_LIMITS: onOff.default(true),
  REQUIRE_VERIFIED_EMAIL: onOff.default(false),
  SMTP_URL: text
    .refine(
      (url) => URL.canParse(url) && /^smtps?:$/.test(new URL(url).protocol),
      'must be smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the first byte',
    )
    .optional(),
  SMTP_FROM: text.optional(),
  PASSWORD_HASH_ROUNDS: whole(1_000, 10_000_000).default(600_000),
  MAX_MESSAGE_LENGTH: whole(1, 200_000).default(200_000),
  MAX_RUNS_PER_USER: whole(1, 1_000).default(5),
  MAX_RUNS: whole(1, 100_000).default(2_000),
  DRAIN_SECONDS: whole(0, 3_600).default(10),
  KEEP_ALIVE_SECONDS: whole(1, 3_600).default(10),
  AFTER_CRASH: z.enum(['continue', 'keep'], 'must be continue or keep').default('continue'),
});

/** Variables whose values may stand in files: `SECRET_KEY_FILE` and so on. */
const secretNames: readonly string[] = ['SECRET_KEY', 'SECRET_KEY_PREVIOUS', 'SMTP_URL', ...aiSecretNames];

/** Names of the variables that Amanda knows. */
export const variableNames: readonly string[] = [
  ...Object.keys(variables.shape),
  ...secretNames.map((name) => `${name}_FILE`),
];

/** Everything that can be set, checked and with its defaults. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The variable that the port came from, for messages about it. */
  readonly portVariable: 'PORT' | 'FLASK_PORT';
  /** Absolute path. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** The first seals, all open; empty: one is made in `dataDir`. */
  readonly secrets: readonly string[];
  /** Null: the built-in one is started in this process. */
  readonly aiBackend: {
    readonly host: string;
    readonly port: number;
    readonly tls: boolean;
    readonly token: string | undefined;
  } | null;
  /** Who answers when the AI backend is the built-in one. */
  readonly provider: ProviderConfig;
  /** How long to wait for a sign of life of the AI backend. */
  readonly aiPatience: AiPatience;
  readonly systemPrompt: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly publicUrl: URL | null;
  readonly trustedProxies: readonly string[];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly rateLimits: boolean;
  readonly requireVerifiedEmail: boolean;
  /** The mail server; null: mail is written to files in `dataDir`. */
  readonly mail: { readonly url: string; readonly from: string } | null;
  readonly passwordHashRounds: number;
  readonly maxMessageLength: number;
  readonly maxRunsPerUser: number;
  readonly maxRuns: number;
  readonly drainMs: number;
  /** How long a connection may stay open without a request. */
  readonly keepAliveMs: number;
  /** Whether an answer that a crash or a restart cut off goes on by itself, or is kept as it is. */
  readonly afterCrash: 'continue' | 'keep';
}

/**
 * Checks the variables and fills in the defaults.
 * @throws {ConfigError} with a line for each wrong value; the values themselves are not repeated, as they may be secret
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(withFiles(environment)).filter(([, value]) => value !== ''),
  );
  const parsed = variables.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`));
  }
  const values = parsed.data;
  const dataDir = path.resolve(values.DATA_DIR);
  const hasAiBackend = values.GRPC_AI_BACKEND_HOST !== undefined || values.GRPC_AI_BACKEND_PORT !== undefined;
  return {
    host: values.HOST ?? values.FLASK_HOST ?? '127.0.0.1',
    port: values.PORT ?? values.FLASK_PORT ?? 5000,
    portVariable: values.PORT === undefined && values.FLASK_PORT !== undefined ? 'FLASK_PORT' : 'PORT',
    dataDir,
    databaseUrl: values.DATABASE_URL ?? `file:${path.join(dataDir, 'amanda.db')}`,
    secrets: [values.SECRET_KEY, ...list(values.SECRET_KEY_PREVIOUS ?? '')].filter(
      (key) => key !== undefined,
    ),
    aiBackend: hasAiBackend
      ? {
          host: values.GRPC_AI_BACKEND_HOST ?? 'localhost',
          port: values.GRPC_AI_BACKEND_PORT ?? 50_051,
          tls: values.GRPC_AI_BACKEND_TLS,
          token: values.GRPC_AI_BACKEND_TOKEN,
        }
      : null,
    provider: providerOf(values),
    aiPatience: patienceFrom(values),
    systemPrompt: values.SYSTEM_PROMPT,
    corsOrigins: values.CORS_ORIGINS,
    publicUrl: values.PUBLIC_URL ?? null,
    trustedProxies: values.TRUSTED_PROXIES,
    logLevel: values.LOG_LEVEL,
    rateLimits: values.RATE_LIMITS,
    requireVerifiedEmail: values.REQUIRE_VERIFIED_EMAIL,
    mail: mailOf(values),
    passwordHashRounds: values.PASSWORD_HASH_ROUNDS,
    maxMessageLength: values.MAX_MESSAGE_LENGTH,
    maxRunsPerUser: values.MAX_RUNS_PER_USER,
    maxRuns: values.MAX_RUNS,
    drainMs: values.DRAIN_SECONDS * 1000,
    keepAliveMs: values.KEEP_ALIVE_SECONDS * 1000,
    afterCrash: values.AFTER_CRASH,
  };
}

function withFiles(environment: Parameters<typeof parseConfig>[0]): Parameters<typeof parseConfig>[0] {
  try {
    return withSecretFiles(environment, secretNames);
  } catch (error) {
    if (error instanceof SecretFileError) throw new ConfigError([error.message]);
    throw error;
  }
}

/** @throws {ConfigError} when there is a mail server but no sender */
function mailOf({ SMTP_URL: url, SMTP_FROM: from }: z.output<typeof variables>): Config['mail'] {
  if (url === undefined) return null;
  if (from === undefined) {
    throw new ConfigError(['SMTP_FROM must say which address mail comes from, as SMTP_URL is set.']);
  }
  return { url, from };
}

/** @throws {ConfigError} when the variables of the model contradict each other */
function providerOf(values: z.output<typeof variables>): ProviderConfig {
  try {
    return providerConfigFrom(values);
  } catch (error) {
    if (error instanceof AiConfigError) throw new ConfigError([`${error.message}.`]);
    throw error;
  }
}
