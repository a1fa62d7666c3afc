import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';

import { examineDatabase, OpenError } from '@amanda/db';

import type { Config } from '../config/config.ts';
import { bad, type Finding, note, ok } from './finding.ts';

const oldestNode = 24;
const leastFreeBytes = 512 * 1024 ** 2;

/** The program that runs this. @param version as `process.versions.node` has it */
export function nodeFinding(version: string): Finding {
  const isNew = Number.parseInt(version, 10) >= oldestNode;
  return isNew ? ok(`Node is ${version}`) : bad(`Node is ${version}; Amanda needs ${oldestNode} or newer`);
}

/** The data folder, who may read it, and what room it has. */
export function folderFindings({ dataDir }: Config): Finding[] {
  if (!existsSync(dataDir)) return [note(`DATA_DIR ${dataDir} will be made`)];
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [bad(`DATA_DIR ${dataDir} cannot be written`)];
  }
  const open = [dataDir, path.join(dataDir, 'secret')].filter(
    (file) => existsSync(file) && (statSync(file).mode & 0o077) !== 0,
  );
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  const room = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return [
    ...open.map((file) => bad(`${file} can be read by other users: chmod go-rwx ${file}`)),
    free < leastFreeBytes
      ? bad(`DATA_DIR ${dataDir} has only ${room}`)
      : ok(`DATA_DIR ${dataDir} can be written, ${room}`),
  ];
}

/** The database: whose it is, whether it is whole, and what the next start does to it. */
export function databaseFinding({ databaseUrl }: Config): Finding {
  try {
    const { file, exists, pending, damage } = examineDatabase(databaseUrl);
    if (!exists) return note(`The database ${file} will be made`);
    if (damage !== null) return bad(`The database ${file} is damaged: ${damage}`);
    if (pending.length === 0) return ok(`The database ${file} is whole and has the newest schema`);
    return note(`The database ${file} is whole; the next start applies ${pending.join(', ')}`);
  } catch (error) {
    if (error instanceof OpenError) return bad(error.message);
    throw error;
  }
}
