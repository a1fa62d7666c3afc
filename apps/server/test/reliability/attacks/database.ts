import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import Sqlite from 'better-sqlite3';

import type { Attack } from './attack.ts';
import { ask, many, pause, tally } from './peer.ts';

const json = { 'content-type': 'application/json' };
const LOCK_MS = 10_000;
const tools = { mount: '/usr/bin/mount', umount: '/usr/bin/umount' };

/** A disk of 8 MB that the test may fill. Only root can mount one. */
async function smallDisk() {
  const folder = await mkdtemp(path.join(tmpdir(), 'amanda-disk-'));
  try {
    execFileSync(tools.mount, ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    await rmdir(folder);
    return { skip: 'no small disk can be mounted here: it takes root' };
  }
  return {
    path: folder,
    async [Symbol.asyncDispose]() {
      execFileSync(tools.umount, ['-l', folder], { stdio: 'ignore' });
      await rmdir(folder);
    },
  };
}

/** What is done to the database under a running server. */
export const databaseAttacks: readonly Attack[] = [
  {
    name: 'another process holds the write lock for 10 s',
    forMs: 40_000,
    async run({ mallory, server, signal }) {
      const other = new Sqlite(path.join(server.dataDir, 'amanda.db'));
      other.exec('BEGIN IMMEDIATE');
      const statuses = tally();
      const headers = { ...json, cookie: mallory.cookie };
      const writing = many({ count: 20, atOnce: 20, signal }, async () => {
        const path = '/trpc/chat.create';
        const { status } = await ask(server.port, path, {
          method: 'POST',
          body: '{"json":{}}',
          headers,
          signal,
        });
        statuses.add(status);
      });
      await pause(LOCK_MS, signal);
      other.exec('ROLLBACK');
      other.close();
      await writing;
      const ready = await ask(server.port, '/ready', { signal });
      return `20 chat.create: ${statuses.toString()}; ready afterwards ${ready.status}`;
    },
  },
  {
    name: 'the disk is full',
    forMs: 15_000,
    place: smallDisk,
    async run({ mallory, server, signal }) {
      const { bavail, bsize } = await statfs(server.dataDir);
      const ballast = path.join(server.dataDir, 'ballast');
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 50_000)));
      const statuses = tally();
      const headers = { ...json, cookie: mallory.cookie };
      await many({ count: 200, atOnce: 10, signal }, async () => {
        const body = JSON.stringify({ json: {} });
        const { status } = await ask(server.port, '/trpc/chat.create', {
          method: 'POST',
          body,
          headers,
          signal,
        });
        statuses.add(status);
      });
      await pause(3_000, signal);
      const full = await ask(server.port, '/ready', { signal });
      writeFileSync(ballast, '');
      const readyAgain = async () => {
        for (let tries = 0; tries < 40 && !signal.aborted; tries += 1) {
          if ((await ask(server.port, '/ready', { signal })).status === 200) return 200;
          await pause(200, signal);
        }
        return 503;
      };
      return `chat.create: ${statuses.toString()}; ready ${full.status}, with room again ${await readyAgain()}`;
    },
  },
];
