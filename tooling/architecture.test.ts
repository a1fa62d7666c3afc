import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * What the linter cannot say about the shape of the repository. The imports between packages follow from the table
 * below, because pnpm lets a package see only what its package.json declares.
 */

const root = join(import.meta.dirname, '..');

type Allowed = { sources: string[]; tests?: string[] };

/** What a package may depend on, itself and for its tests. Whatever is further to the left may see what is right of it. */
const mayDependOn: Record<string, Allowed> = {
  '@amanda/db': { sources: [] },
  '@amanda/ai-client': { sources: [] },
  '@amanda/ai-service': { sources: ['@amanda/ai-client'] },
  '@amanda/core': { sources: ['@amanda/db', '@amanda/ai-client'] },
  '@amanda/api': { sources: ['@amanda/core'], tests: ['@amanda/db', '@amanda/ai-client'] },
  '@amanda/compat': {
    sources: ['@amanda/api'],
    tests: ['@amanda/core', '@amanda/db', '@amanda/ai-client'],
  },
  '@amanda/host': { sources: ['@amanda/api', '@amanda/compat', '@amanda/core'] },
  '@amanda/client': { sources: [], tests: ['@amanda/api', '@amanda/testing'] },
  '@amanda/testing': {
    sources: [
      '@amanda/ai-client',
      '@amanda/ai-service',
      '@amanda/api',
      '@amanda/compat',
      '@amanda/core',
      '@amanda/db',
      '@amanda/host',
    ],
  },
};

/** Apps, benchmarks and examples stand on top: they may use every package, and nothing may use them. */
const tops = ['apps', 'bench', 'examples'];

type Manifest = {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
};

function manifests(): { folder: string; manifest: Manifest }[] {
  const folders = ['packages', 'apps', 'examples'].flatMap((group) =>
    existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => `${group}/${name}`) : [],
  );
  return [...folders, 'bench']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest,
    }));
}

/** Paths, relative to the root, of everything that is written in TypeScript and not generated. */
function sources(): string[] {
  return globSync('{packages,apps,bench,examples,tooling}/**/*.{ts,tsx}', {
    cwd: root,
    exclude: ['**/node_modules', '**/generated', '**/dist'],
  });
}

/** `path:line` of every line that matches, outside the folders named. */
function linesWith(pattern: RegExp, outside?: RegExp): string[] {
  return sources()
    .filter((path) => !outside?.test(path) && path !== 'tooling/architecture.test.ts')
    .flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
    );
}

const own = (dependencies: Record<string, string> = {}) =>
  Object.keys(dependencies).filter((name) => name.startsWith('@amanda/'));

describe('dependencies between packages', () => {
  const all = manifests();
  const names = all.map(({ manifest }) => manifest.name);
  const topNames = all
    .filter(({ folder }) => tops.includes(folder.split('/')[0] ?? ''))
    .map(({ manifest }) => manifest.name);
  const lower = names.filter((name) => !topNames.includes(name));

  it('finds every package of the table', () => {
    expect(names).toEqual(expect.arrayContaining(Object.keys(mayDependOn)));
  });

  it.each(all)('$folder points in the one direction', ({ manifest }) => {
    const { dependencies, devDependencies, name } = manifest;
    // An app, a benchmark or a test may start another app as a process, but not import it.
    const allowed: Allowed | undefined = topNames.includes(name) ? { sources: lower } : mayDependOn[name];
    expect(allowed, `${name} is not in the table of tooling/architecture.test.ts`).toBeDefined();
    expect(allowed?.sources).toEqual(expect.arrayContaining(own(dependencies)));
    expect([...(allowed?.sources ?? []), ...(allowed?.tests ?? [])]).toEqual(
      expect.arrayContaining(own(devDependencies)),
    );
  });
});

describe('roads that are closed', () => {
  it('names run chunks only in the hot path of packages/db', () => {
    expect(linesWith(/\brun_?chunks?\b/i, /^packages\/db\/(src\/hot|test)\/|^prisma\//)).toEqual([]);
  });

  it('opens transactions only in packages/db', () => {
    expect(linesWith(/\$transaction\s*\(/, /^packages\/db\//)).toEqual([]);
  });

  it('leaves the type system by no back door', () => {
    expect(linesWith(/\bas unknown as\b|@ts-nocheck|@ts-ignore/)).toEqual([]);
  });

  it('retries, focuses and sleeps in no test', () => {
    const tests = /^(?!.*\.test\.tsx?$)/;
    expect(
      linesWith(/\bretry:\s*[1-9]|\b(it|test|describe)\.only\(|setTimeout\(([a-z]+,\s*)?\d{2,}\)/, tests),
    ).toEqual([]);
  });
});
