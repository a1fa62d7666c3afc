import { existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { temporaryFolder } from '@amanda/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { readEnvironment } from '../env.ts';
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

describe.skipIf(process.platform !== 'linux')('with another program flock, or none,', () => {
  /** Lets this process find programs in the folder first. */
  const findIn = (folder: string, others: string) => {
    vi.stubEnv('PATH', `${folder}${others}`);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
  };

  it.each(['the same path', 'a symbolic link', 'a link to its folder'])(
    'a second server on one database by %s is refused',
    async (by) => {
      await using folder = await temporaryFolder();
      findIn(folder.path, '');
      const first = server(path.join(folder.path, 'first'));
      const database = path.join(first.dataDir, 'amanda.db');
      mkdirSync(first.dataDir);
      writeFileSync(database, '');
      const held = lockDataDir(first);
      const other = others[by]?.(database, folder.path);
      const second = server(path.join(folder.path, 'data'), other?.database);
      expect(() => lockDataDir(second)).toThrow(/ is in use by another Amanda; /);
      held.release();
    },
  );

  it('a database with other hard links cannot be locked, and so is not served', async () => {
    await using folder = await temporaryFolder();
    findIn(folder.path, '');
    const database = path.join(folder.path, 'amanda.db');
    writeFileSync(database, '');
    linkSync(database, path.join(folder.path, 'hard.db'));
    expect(() => lockDataDir(server(folder.path))).toThrow(/ has other hard links, /);
  });

  it('a database that is replaced while it is being locked is locked as the new one', async () => {
    await using folder = await temporaryFolder();
    const programs = readEnvironment()['PATH'] ?? '';
    const [real = ''] = programs
      .split(':')
      .map((place) => path.join(place, 'flock'))
      .filter((program) => existsSync(program));
    const database = path.join(folder.path, 'amanda.db');
    writeFileSync(`${database}.new`, '');
    const script = `#!/bin/sh\n[ -e '${database}.new' ] && mv '${database}.new' '${database}'\nexec '${real}' "$@"\n`;
    writeFileSync(path.join(folder.path, 'flock'), script, { mode: 0o700 });
    findIn(folder.path, `:${programs}`);
    const held = lockDataDir(server(folder.path));
    expect(existsSync(`${database}.new`)).toBe(false);
    const second = server(path.join(folder.path, 'data'), database);
    expect(() => lockDataDir(second)).toThrow(/ is in use by another Amanda; /);
    held.release();
  });
});
