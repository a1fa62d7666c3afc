import { accessSync, constants, existsSync } from 'node:fs';

import { createAiClient } from '@amanda/ai-client';
import { isWeakSecret } from '@amanda/core';

import { type Config, variableNames } from '../config/config.ts';

/** A thing that was looked at. */
interface Finding {
  readonly level: 'ok' | 'note' | 'bad';
  readonly text: string;
}

/** Variables of the Python service that mean nothing here. */
const retired = ['FLASK_ENV', 'FLASK_DEBUG', 'FLASK_APP', 'SESSION_TYPE', 'SQLALCHEMY_DATABASE_URI'];

/** Looks at everything that can be wrong before users notice, prints what it finds, and sets exit code 1 for bad news. */
export async function doctor(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const findings = [...secretFindings(config), ...folderFindings(config), ...unused(environment)];
  findings.push(await aiFinding(config));
  const marks = { ok: '✓', note: '·', bad: '✗' };
  for (const { level, text } of findings) process.stdout.write(`${marks[level]} ${text}\n`);
  if (findings.some(({ level }) => level === 'bad')) process.exitCode = 1;
}

function secretFindings(config: Config): Finding[] {
  if (config.secrets.length === 0) return [{ level: 'ok', text: 'SECRET_KEY is kept in the data folder' }];
  return config.secrets.map((secret, index) => {
    const name = index === 0 ? 'SECRET_KEY' : 'SECRET_KEY_PREVIOUS';
    if (!isWeakSecret(secret)) return { level: 'ok', text: `${name} is strong` };
    return {
      level: 'bad',
      text: `${name} is short or taken from an example: whoever guesses it can forge cookies`,
    };
  });
}

function folderFindings(config: Config): Finding[] {
  if (!existsSync(config.dataDir))
    return [{ level: 'note', text: `DATA_DIR ${config.dataDir} will be made` }];
  try {
    accessSync(config.dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return [{ level: 'ok', text: `DATA_DIR ${config.dataDir} can be written` }];
  } catch {
    return [{ level: 'bad', text: `DATA_DIR ${config.dataDir} cannot be written` }];
  }
}

function unused(environment: Readonly<Record<string, string | undefined>>): Finding[] {
  return retired
    .filter((name) => environment[name] !== undefined && !variableNames.includes(name))
    .map((name) => ({ level: 'note', text: `${name} of the Python service is not used` }));
}

async function aiFinding(config: Config): Promise<Finding> {
  if (config.aiBackend === null) {
    return { level: 'ok', text: `The AI backend is the built-in one (${config.provider.provider})` };
  }
  const { host, port, tls } = config.aiBackend;
  await using client = createAiClient({ host, port, tls });
  const place = `The AI backend at ${host}:${port}`;
  const health = await client.health();
  if (health === 'serving') return { level: 'ok', text: `${place} is serving` };
  if (health === 'unknown') return { level: 'ok', text: `${place} answers; it has no health service` };
  return { level: 'bad', text: `${place} is ${health === 'unreachable' ? 'not reachable' : 'not serving'}` };
}
