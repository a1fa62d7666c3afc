import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import { type Config, ConfigError, parseConfig } from './config/config.ts';

/** What `.env` in the working directory says; nothing when there is none. @throws {ConfigError} when it cannot be read */
export function readEnvFile(): Record<string, string | undefined> {
  if (!existsSync('.env')) return {};
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch {
    throw new ConfigError(['.env in the working directory cannot be read.']);
  }
}

/** The environment: what `.env` in the working directory says, overruled by the real one. This file is the only reader of either. */
export function readEnvironment(): Record<string, string | undefined> {
  return { ...readEnvFile(), ...process.env };
}

/**
 * Reads the configuration.
 * @throws {ConfigError} when a value is wrong
 */
export function readConfig(): Config {
  return parseConfig(readEnvironment());
}
