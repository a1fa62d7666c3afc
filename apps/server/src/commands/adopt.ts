import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

import { normaliseEmail } from '@amanda/core';
import { type Adoption, type AdoptionProgress, adoptPythonDatabase, fileOfUrl } from '@amanda/db';

import type { Config } from '../config/config.ts';
import { lockDataDir } from '../data-dir/lock.ts';
import { Refusal } from '../data-dir/refusal.ts';

/**
 * Brings users, chats and messages over from a database of the Python service, and prints what it did.
 * @throws {Refusal} when a server uses the data folder, {OpenError} when the file is no such database
 */
export async function adopt(config: Config, file: string, options: { dryRun: boolean }): Promise<void> {
  const { dryRun } = options;
  const source = path.resolve(file);
  const { url, isFromEnvironment } = targetOf(config, source);
  using parts = new DisposableStack();
  parts.use(lockDataDir({ dataDir: config.dataDir, databaseUrl: url }));
  say(`${dryRun ? 'Looking at' : 'Bringing over'} ${source} ${dryRun ? 'for' : 'into'} ${fileOfUrl(url)}`);
  const adoption = await adoptPythonDatabase({
    file: source,
    url,
    scratch: config.dataDir,
    dryRun,
    normaliseEmail,
    onProgress: showProgress,
  });
  for (const line of reportOf(adoption, dryRun)) say(line);
  if (isFromEnvironment) {
    say('DATABASE_URL names the old database: take it out of .env, then start Amanda.');
  }
  say(dryRun ? 'This was a dry run: nothing was changed.' : 'Done. Everybody logs in with the old password.');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** On standard error, so that the report can be kept in a file. */
function showProgress({ table, done, total }: AdoptionProgress): void {
  process.stderr.write(`  ${table} ${done} of ${total}\n`);
}

/** The database of this configuration, unless an old `.env` names the very file that is to be brought over. */
function targetOf(config: Config, source: string): { url: string; isFromEnvironment: boolean } {
  const isSource = (file: string) =>
    existsSync(file) && existsSync(source) && realpathSync(file) === realpathSync(source);
  const own = path.join(config.dataDir, 'amanda.db');
  if (isSource(own)) {
    throw new Refusal(
      `${source} lies where Amanda keeps its own database; move it elsewhere, then adopt it.`,
    );
  }
  const isFromEnvironment = isSource(fileOfUrl(config.databaseUrl));
  return { url: isFromEnvironment ? `file:${own}` : config.databaseUrl, isFromEnvironment };
}

function reportOf({ rows, notes, idsKept }: Adoption, dryRun: boolean): readonly string[] {
  const would = dryRun ? 'would be ' : '';
  const counts = Object.entries(rows).map(
    ([table, { added, present, skipped }]) =>
      `${table.padEnd(8)} ${added} ${would}added, ${present} here already, ${skipped} left behind`,
  );
  const details = notes.map(({ table, outcome, reason, count, ids }) => {
    const shown = count > ids.length ? `${ids.join(', ')}, …` : ids.join(', ');
    return `  ${count} of ${table} ${outcome === 'skipped' ? 'left behind' : 'changed'}: ${reason} (${shown})`;
  });
  const hasAdded = Object.values(rows).some(({ added }) => added > 0);
  const ids = idsKept ? 'Ids are kept.' : 'The target holds rows already: new ids are given.';
  return [...counts, ...details, ...(hasAdded ? [ids] : [])];
}
