import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Linux takes 108 bytes with their end, macOS and the BSDs 104. */
const longestSocketPath = 103;

/** Where the admin socket of a data folder is, or will be, found. */
function linkIn(dataDir: string): string {
  return path.join(dataDir, 'admin.sock');
}

/** Windows has no files for this: the pipe is named after the folder, and open to the user who made it. */
function pipeOf(dataDir: string): string {
  return `\\\\.\\pipe\\amanda-${createHash('sha256').update(path.resolve(dataDir).toLowerCase()).digest('hex').slice(0, 32)}`;
}

/**
 * Makes a place for the admin socket and removes what an earlier process left there; the data folder must be locked. In a
 * folder whose path is too long for a socket, it is a link to a private folder for temporary files.
 * @returns where to listen, and what removes the place again
 */
export function makeAdminPlace(dataDir: string): { address: string; remove(): void } {
  if (process.platform === 'win32') return { address: pipeOf(dataDir), remove() {} };
  const place = linkIn(dataDir);
  const former = targetOf(place);
  if (former !== null) rmSync(path.dirname(former), { recursive: true, force: true });
  rmSync(place, { force: true });
  if (Buffer.byteLength(place) <= longestSocketPath) {
    return { address: place, remove: () => rmSync(place, { force: true }) };
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'amanda-admin-'));
  const address = path.join(folder, 'admin.sock');
  symlinkSync(address, place);
  return {
    address,
    remove() {
      rmSync(place, { force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where the running server of a data folder listens, if one runs. */
export function findAdminPlace(dataDir: string): string {
  if (process.platform === 'win32') return pipeOf(dataDir);
  const place = linkIn(dataDir);
  return targetOf(place) ?? place;
}

/** What our own link leads to; null for anything else, which is left alone. */
function targetOf(place: string): string | null {
  if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return null;
  const target = readlinkSync(place);
  return path.basename(path.dirname(target)).startsWith('amanda-admin-') ? target : null;
}
