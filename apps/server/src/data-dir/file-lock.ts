import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, rmSync, statSync } from 'node:fs';

/** `taken`: another process holds it. `unsupported`: this machine has no means for it. */
export type FileLockFailure = 'taken' | 'unsupported';

/** macOS only: `open` takes the lock itself. https://docs.libuv.org/en/v1.x/fs.html#c.UV_FS_O_EXLOCK */
const darwinExclusive = 0x20;

/**
 * Takes the operating system's exclusive lock (`flock`) on the file itself, which is made if missing: whatever name
 * leads to it (a symbolic or hard link, a bind mount, another container), it is one lock. It goes with the process,
 * however that ends, and is not seen by SQLite, whose locks are of another kind.
 *
 * Node has no call for it. The lock belongs to the open file and not to who asked for it, so a helper program takes it
 * on a descriptor that it inherits, ends, and the lock stays.
 *
 * Disposing closes the file, which drops the locks that this process's SQLite has on it: close the database before.
 * @throws the system's error when the file cannot be opened for writing
 */
export function lockWholeFile(file: string): Disposable | FileLockFailure {
  for (;;) {
    const { descriptor, isNew } = open(file);
    if (descriptor === undefined) return 'taken';
    const failure = process.platform === 'darwin' ? undefined : takeWithHelper(descriptor);
    if (failure !== undefined) {
      closeSync(descriptor);
      return failure;
    }
    // Between opening and locking it may have been replaced, or taken away by whoever had made it for nothing.
    if (isAt(file, descriptor)) {
      return {
        [Symbol.dispose]() {
          // A start that failed leaves no empty database behind.
          if (isNew && fstatSync(descriptor).size === 0 && isAt(file, descriptor)) rmSync(file);
          closeSync(descriptor);
        },
      };
    }
    closeSync(descriptor);
  }
}

function open(file: string): { descriptor: number | undefined; isNew: boolean } {
  const isNew = statSync(file, { throwIfNoEntry: false }) === undefined;
  const lock = process.platform === 'darwin' ? darwinExclusive | constants.O_NONBLOCK : 0;
  try {
    return { descriptor: openSync(file, constants.O_RDWR | constants.O_CREAT | lock, 0o644), isNew };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN')
      return { descriptor: undefined, isNew };
    throw error;
  }
}

/** The first descriptor that a child has besides the standard three. */
const inherited = 3;

function takeWithHelper(descriptor: number): FileLockFailure | undefined {
  const helper = spawnSync('flock', ['-x', '-n', String(inherited)], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (helper.status === 0) return undefined;
  return helper.status === 1 ? 'taken' : 'unsupported';
}

function isAt(file: string, descriptor: number): boolean {
  const there = statSync(file, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(descriptor, { bigint: true });
  return there?.dev === open.dev && there.ino === open.ino;
}
