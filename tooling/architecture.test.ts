import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * What the linter cannot say about the shape of the repository. The imports between packages follow from the table
 * below, because pnpm lets a package see only what its package.json declares.
 */

const root = join(import.meta.dirname, '..');

type Allowed = {
  sources: string[];
  tests?: string[];
  /** What its build puts into the package, so that whoever installs it need not find it. */
  builtIn?: string[];
};

/** What a package may depend on, itself and for its tests. Whatever is further to the left may see what is right of it. */
const mayDependOn: Record<string, Allowed> = {
  '@amanda/db': { sources: ['@amanda/contract'] },
  '@amanda/ai-client': { sources: [] },
  '@amanda/ai-service': { sources: ['@amanda/ai-client'] },
  '@amanda/contract': { sources: [] },
  '@amanda/core': { sources: ['@amanda/contract', '@amanda/db', '@amanda/ai-client'] },
  '@amanda/api': {
    sources: ['@amanda/contract', '@amanda/core'],
    tests: ['@amanda/db', '@amanda/ai-client'],
  },
  '@amanda/compat': {
    sources: ['@amanda/api', '@amanda/contract'],
    tests: ['@amanda/core', '@amanda/db', '@amanda/ai-client'],
  },
  '@amanda/host': { sources: ['@amanda/api', '@amanda/compat', '@amanda/contract', '@amanda/core'] },
  '@amanda/client': {
    sources: [],
    tests: ['@amanda/api', '@amanda/testing'],
    builtIn: ['@amanda/contract'],
  },
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

/** `path:line` of everything in the sources that a closed road matches. */
function placesOf({ pattern, where = /./, outside }: ClosedRoad): string[] {
  return sources()
    .filter((path) => where.test(path) && !outside?.test(path) && path !== 'tooling/architecture.test.ts')
    .flatMap((path) =>
      linesWith(pattern, readFileSync(join(root, path), 'utf8')).map((line) => `${path}:${line}`),
    );
}

/** The numbers of the lines on which a match begins. A match may run over several: the formatter breaks long ones. */
function linesWith(pattern: RegExp, text: string): number[] {
  return [...text.matchAll(new RegExp(pattern, `g${pattern.flags}`))].map(
    ({ index }) => text.slice(0, index).split('\n').length,
  );
}

/** Something that is written in some places only. `bites` and `spares` prove that the pattern does what it should. */
interface ClosedRoad {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Where it is looked for; everywhere when absent. */
  readonly where?: RegExp;
  /** Where it is allowed. */
  readonly outside?: RegExp;
  readonly bites: readonly string[];
  readonly spares: readonly string[];
}

const closedRoads: readonly ClosedRoad[] = [
  {
    rule: 'names run chunks only in the transactions of packages/db',
    pattern: /\brun_?chunks?\b/i,
    // The law's oracle looks at the disk by itself, so as not to believe what it judges.
    outside: /^packages\/db\/(src\/transactions|test)\/|^prisma\/|^packages\/core\/test\/law\/stored\.ts$/,
    bites: ["db.exec('SELECT * FROM run_chunks')", 'prisma.runChunk.findMany()', 'RunChunk'],
    spares: ['const chunks = run(chunk)', 'runs.chunkSize'],
  },
  {
    rule: 'opens transactions only in packages/db',
    pattern: /\$transaction\b/,
    outside: /^packages\/db\//,
    bites: ['db.$transaction([a, b])', 'prisma.$transaction<void>(work)', 'const { $transaction } = db'],
    spares: ['the transaction of `send`', 'db.transactions.append()'],
  },
  {
    rule: 'sees Prisma and SQL only in packages/db and in tests',
    pattern:
      /\bprisma\b|@amanda\/db\/temporary|\b(?:SELECT|INSERT INTO|DELETE FROM|PRAGMA|UPDATE \w+ SET)\s|\bbetter-sqlite3\b/,
    // The lock of the data folder is a SQLite file of its own, without a table.
    outside: /^packages\/(db|testing)\/|\.test\.tsx?$|\/test\/|^apps\/server\/src\/data-dir\/lock\.ts$/,
    bites: [
      'db.prisma.user.count()',
      'const { prisma } = db;',
      "import { temporaryDatabase } from '@amanda/db/temporary';",
      "run('SELECT 1')",
      '`UPDATE chats SET title = ?`',
      "import BetterSqlite3 from 'better-sqlite3';",
    ],
    spares: ["import { openDatabase } from '@amanda/db';", 'select: true', 'UPDATE the page'],
  },
  {
    rule: 'leaves the type system by no back door',
    pattern: /\bas\s+unknown\s+as\b|@ts-nocheck|@ts-ignore/,
    bites: ['x as unknown as User', 'x as unknown\n    as User', '// @ts-ignore', '/* @ts-nocheck */'],
    spares: ['const x: unknown = y as User', '// @ts-expect-error: a field that is gone'],
  },
  {
    rule: 'retries, focuses and sleeps in no test',
    pattern:
      /\bretry:\s*[1-9]|\b(it|test|describe)\.only\b|(?<!clock\.)\bsetTimeout\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*?(?<!\w)[\d_]{2,}\s*\)/,
    where: /\.test\.tsx?$/,
    bites: [
      "it('x', { retry: 2 }, f)",
      "it.only('x', f)",
      "describe.only.each([1])('x', f)",
      'await setTimeout(50)',
      'await new Promise((resolve) => setTimeout(resolve, 1_000));',
      'setTimeout(() => done(), 100)',
      'setTimeout(() => {\n  done();\n}, 100)',
    ],
    spares: [
      'retry: 0',
      'setTimeout(resolve, 0)',
      'clock.setTimeout(resolve, 150)',
      'vi.advanceTimersByTime(1000)',
      'testTimeout: 120_000',
    ],
  },
  {
    rule: 'gives no test a short time limit: limits are for hangs (vitest.config.ts), and everything else waits for an event',
    pattern:
      /^\s*\}, [\d_]{4,}\);|\btimeout: (?!(?:1[0-9]|[2-9][0-9])0_000\b)[\d_]{3,}|\bAbortSignal\.timeout\(/m,
    where: /\.test\.tsx?$|\/test\/suites\//,
    bites: [
      "it('x', async () => {\n}, 60_000);",
      "it('x', { timeout: 60_000 }, f)",
      'AbortSignal.timeout(10_000)',
    ],
    spares: ["}, 'a name');", '{ timeout: 120_000, interval: 50 }', 'timeout: 0', 'idleTimeoutMs: 400'],
  },
];

/** The packages of ours that a text imports, without those of which it imports types only. */
function importsOf(text: string): string[] {
  const statements = text.matchAll(/^(?:import|export)\s(?!type\b)[^;']*?from\s+'(@amanda\/[a-z-]+)/gm);
  const calls = text.matchAll(/\bimport\(\s*'(@amanda\/[a-z-]+)|^import\s+'(@amanda\/[a-z-]+)/gm);
  return [...statements, ...calls].flatMap(([, name, bare]) => name ?? bare ?? []);
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
    expect([...(allowed?.sources ?? []), ...(allowed?.tests ?? []), ...(allowed?.builtIn ?? [])]).toEqual(
      expect.arrayContaining(own(devDependencies)),
    );
  });

  it.each(all.filter(({ folder }) => !folder.startsWith('examples/') && folder !== 'bench'))(
    '$folder imports nothing into its sources that it has for its tests',
    ({ folder, manifest }) => {
      const itsOwn = sources().filter(
        (path) => path.startsWith(`${folder}/src/`) && !/\.test\.tsx?$/.test(path),
      );
      const imported = itsOwn.flatMap((path) => importsOf(readFileSync(join(root, path), 'utf8')));
      const builtIn = mayDependOn[manifest.name]?.builtIn ?? [];
      expect([...own(manifest.dependencies), ...builtIn, manifest.name]).toEqual(
        expect.arrayContaining(imported),
      );
    },
  );

  it.each([
    ["import { a } from '@amanda/core';", ['@amanda/core']],
    ["import {\n  a,\n} from '@amanda/core/fake';", ['@amanda/core']],
    ["import a, { type B } from '@amanda/core';", ['@amanda/core']],
    ["export * from '@amanda/core';", ['@amanda/core']],
    ["const a = await import('@amanda/core');", ['@amanda/core']],
    ["import '@amanda/core';", ['@amanda/core']],
    ["import type { A } from '@amanda/core';\nimport b from 'b';", []],
    ["import { a } from './a.ts';\n// from '@amanda/core'", []],
  ])('sees what is imported by %j', (text, imported) => {
    expect(importsOf(text)).toEqual(imported);
  });
});

describe('roads that are closed', () => {
  it.each(closedRoads)('$rule', (road) => {
    expect(placesOf(road)).toEqual([]);
  });

  it.each(closedRoads)('would notice: $rule', ({ pattern, bites, spares }) => {
    expect(bites.filter((text) => linesWith(pattern, text).length === 0)).toEqual([]);
    expect(spares.filter((text) => linesWith(pattern, text).length > 0)).toEqual([]);
  });

  it.each(closedRoads)('looks into files: $rule', ({ where, outside }) => {
    const looked = sources().filter((path) => (where ?? /./).test(path) && !outside?.test(path));
    for (const folder of ['apps/server/', 'packages/core/', 'packages/compat/']) {
      expect(looked.filter((path) => path.startsWith(folder)).length).toBeGreaterThan(3);
    }
  });
});
