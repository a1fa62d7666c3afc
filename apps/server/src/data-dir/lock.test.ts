import { existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { temporaryFolder } from '@amanda/testing';
import { expect, it } from 'vitest';

import { lockDataDir } from './lock.ts';
import { Refusal } from './refusal.ts';

/** The configuration of a server in a folder of its own. */
const server = (dataDir: string, database = path.join(dataDir, 'amanda.db')) => ({
  dataDir,
  databaseUrl: `file:${database}`,
});

const others: Record<string, (database: string, folder: string) => { name: string; database: string }> = {
  'the same path': (database) => ({ name: 'DATABASE_URL', database }),
  'a symbolic link': (database, folder) => {
    symlinkSync(database, path.join(folder, 'link.db'));
    return { name: 'DATABASE_URL', database: path.join(folder, 'link.db') };
  },
  'a hard link in another folder': (database, folder) => {
    linkSync(database, path.join(folder, 'hard.db'));
    return { name: 'DATABASE_URL', database: path.join(folder, 'hard.db') };
  },
  'a link to its folder': (database, folder) => {
    symlinkSync(path.dirname(database), path.join(folder, 'folder'));
    return { name: 'DATABASE_URL', database: path.join(folder, 'folder', path.basename(database)) };
  },
  'a link where its own database would be': (database, folder) => {
    mkdirSync(path.join(folder, 'data'));
    symlinkSync(database, path.join(folder, 'data', 'amanda.db'));
    return { name: 'DATA_DIR', database: path.join(folder, 'data', 'amanda.db') };
  },
};

it.each(Object.entries(others))(
  'a second server on one database by %s is refused, also before there is one',
  async (_, by) => {
    await using folder = await temporaryFolder();
    const first = server(path.join(folder.path, 'first'));
    const held = lockDataDir(first);
    const { name, database } = by(path.join(first.dataDir, 'amanda.db'), folder.path);
    const second = server(path.join(folder.path, 'data'), database);
    expect(() => lockDataDir(second)).toThrow(Refusal);
    expect(() => lockDataDir(second)).toThrow(
      new RegExp(`^${name} .* is in use by another Amanda; stop that one or set ${name}\\.$`),
    );
    writeFileSync(path.join(first.dataDir, 'amanda.db'), 'made meanwhile');
    expect(() => lockDataDir(second)).toThrow(Refusal);
    held.release();
    lockDataDir(second).release();
  },
);

it('two databases do not meet, and a start that failed leaves none behind', async () => {
  await using folder = await temporaryFolder();
  const first = lockDataDir(server(path.join(folder.path, 'a')));
  const second = lockDataDir(server(path.join(folder.path, 'b')));
  second.release();
  first.release();
  expect(existsSync(path.join(folder.path, 'b', 'amanda.db'))).toBe(false);
});
