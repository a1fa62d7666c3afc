import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { Refusal } from './refusal.ts';

/**
 * The secret of a data folder, made at the first start (256 random bits, mode 0600). Without it nobody's cookie would
 * survive a restart.
 * @throws {Refusal} when the file is damaged
 */
export function secretOf(dataDir: string): string {
  const file = path.join(dataDir, 'secret');
  if (!existsSync(file)) {
    // Written aside and linked, so that a crash leaves no half of a secret behind.
    const aside = `${file}.new`;
    writeFileSync(aside, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
    linkSync(aside, file);
    rmSync(aside);
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (!/^[\w-]{43}$/.test(secret)) {
    throw new Refusal(`${file} is damaged; restore it, or delete it, which logs everybody out.`);
  }
  return secret;
}
