import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import { type Config, parseConfig } from './config/config.ts';

/** The environment: what `.env` in the working directory says, overruled by the real one. The only reader of either. */
export function readEnvironment(): Record<string, string | undefined> {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return { ...file, ...process.env };
}

/**
 * Reads the configuration.
 * @throws {ConfigError} when a value is wrong
 */
export function readConfig(): Config {
  return parseConfig(readEnvironment());
}
