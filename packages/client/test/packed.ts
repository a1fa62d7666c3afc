import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
/** The package in this repository. */
export const root = path.join(import.meta.dirname, '..');

/** The compilers that an app may have: names of the root's dependencies. */
export const compilers = ['typescript', 'typescript-5.9'] as const;

/** A project outside the repository with the package as npm gives it: packed, and unpacked into `node_modules`. */
export interface PackedProject extends AsyncDisposable {
  readonly folder: string;
  readonly tarball: string;
  /** Where the package is unpacked. */
  readonly installed: string;
  /** Compiles files of the project, every library included. Answers what the compiler says. */
  compile(
    files: readonly string[],
    options?: { types?: readonly string[]; compiler?: (typeof compilers)[number]; [option: string]: unknown },
  ): Promise<string>;
}

/** Packs the package and makes a project that has installed it, and nothing else that it does not ask for. Needs `dist`. */
export async function packedProject(): Promise<PackedProject> {
  const folder = await mkdtemp(path.join(tmpdir(), 'amanda-consumer-'));
  const pnpm = ['--yes', '--prefer-offline', '--loglevel=error', 'pnpm@12.21.0'];
  await run('npx', [...pnpm, 'pack', '--pack-destination', folder], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  const tarball = path.join(folder, (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? '');
  const installed = path.join(folder, 'node_modules/@amanda/client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);

  // What an installer would fetch: the dependencies, and the peers of the entries that are used.
  const manifest: unknown = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8'));
  const { dependencies, peerDependencies } = manifest as Record<string, Record<string, string>>;
  const names = Object.keys({ ...dependencies, ...peerDependencies });
  for (const name of [...names, '@types/json-schema', '@types/node', '@types/react']) {
    const link = path.join(folder, 'node_modules', name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(installedIn(name), link);
  }
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');

  return {
    folder,
    tarball,
    installed,
    async compile(files, { compiler = 'typescript', types = ['node'], ...options } = {}) {
      const compilerOptions = {
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
        module: 'nodenext',
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types,
        ...options,
      };
      const config = path.join(folder, 'tsconfig.json');
      await writeFile(config, JSON.stringify({ compilerOptions, files }));
      const tsc = path.join(root, '../../node_modules', compiler, 'bin/tsc');
      return run(process.execPath, [tsc, '-p', config]).then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      );
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Where the workspace has a package; the types of Node belong to all of it. */
function installedIn(name: string): string {
  return path.join(name === '@types/node' ? path.join(root, '../..') : root, 'node_modules', name);
}
