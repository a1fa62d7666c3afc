import {
  AiConfigError,
  aiConfigShape,
  aiSecretNames,
  type ProviderConfig,
  providerConfigFrom,
  SecretFileError,
  withSecretFiles,
} from '@amanda/ai-service';
import { z } from 'zod';

const unsetWhenEmpty = (value: unknown) => (value === '' ? undefined : value);

const shape = z.object({
  ...aiConfigShape,
  AI_HOST: z.preprocess(unsetWhenEmpty, z.string().trim().default('127.0.0.1')),
  AI_PORT: z.preprocess(
    unsetWhenEmpty,
    z.coerce
      .number('must be a port number')
      .int('must be a port number')
      .min(0, 'must be a port number')
      .max(65_535, 'must be at most 65535')
      .default(50_051),
  ),
  GRPC_AI_BACKEND_TOKEN: z.preprocess(
    unsetWhenEmpty,
    z
      .string()
      .regex(/^[\x21-\x7e]{1,512}$/, 'must be 1 to 512 visible ASCII characters')
      .optional(),
  ),
  LOG_LEVEL: z.preprocess(
    unsetWhenEmpty,
    z
      .enum(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'must be fatal, error, warn, info, debug, trace or silent',
      )
      .default('info'),
  ),
});

/** What this process was told. */
export interface BackendConfig {
  host: string;
  port: number;
  logLevel: string;
  /** What callers must send; undefined: nothing. */
  token: string | undefined;
  provider: ProviderConfig;
}

/** A variable that cannot be used; `message` is one line that names it and holds none of its value. */
export class ConfigurationError extends Error {}

/**
 * Reads the configuration; the only place of this app that looks at the environment.
 * @throws {ConfigurationError}
 */
export function readEnvironment(): BackendConfig {
  const parsed = shape.safeParse(withFiles());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigurationError(`${issue?.path.join('.')} ${issue?.message}`);
  }
  const { AI_HOST: host, AI_PORT: port, LOG_LEVEL: logLevel, ...rest } = parsed.data;
  const { GRPC_AI_BACKEND_TOKEN: token, ...variables } = rest;
  try {
    return { host, port, logLevel, token, provider: providerConfigFrom(variables) };
  } catch (thrown) {
    if (thrown instanceof AiConfigError) throw new ConfigurationError(thrown.message, { cause: thrown });
    throw thrown;
  }
}

function withFiles() {
  try {
    return withSecretFiles(process.env, aiSecretNames);
  } catch (thrown) {
    if (thrown instanceof SecretFileError) throw new ConfigurationError(thrown.message, { cause: thrown });
    throw thrown;
  }
}
