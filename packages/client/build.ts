import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

/**
 * Builds what npm gets: ES modules, and declarations that name nothing of this repository. tsc writes declarations of
 * everything the public types reach, and rolldown puts them, the router's type included, into one file for each entry.
 */
const folder = import.meta.dirname;
interface Entry {
  readonly name: string;
  readonly source: string;
}
const entriesOf: readonly Entry[] = [
  { name: 'react', source: 'src/react/index.ts' },
  { name: 'ai-sdk', source: 'src/ai-sdk/index.ts' },
  { name: 'ai-sdk-react', source: 'src/ai-sdk-react/index.ts' },
  // Last: all that belongs to no other entry is here.
  { name: 'index', source: 'src/index.ts' },
];
const types = path.join(folder, 'dist/.types');
const typesOf = (source: string) => path.join(types, 'packages/client', source.replace(/ts$/, 'd.ts'));
const packageTypes = (name: string, entry = 'index') =>
  path.join(types, 'packages', name, `src/${entry}.d.ts`);
/** The entry whose folder a declaration lies in. */
const homeOf = (file: string) =>
  entriesOf.find(({ source }) => file.startsWith(path.dirname(typesOf(source)) + path.sep)) ??
  entriesOf.at(-1);

/** What an app installs by itself or along with this package. tRPC's React integration is none of it: its peers are too narrow. */
const external = [
  /^@trpc\/(client|server)/,
  /^@tanstack\/react-query$/,
  /^(ai|eventsource|react|superjson|zod)(\/|$)/,
];

rmSync(path.join(folder, 'dist'), { recursive: true, force: true });

const code = await rolldown({
  cwd: folder,
  input: Object.fromEntries(entriesOf.map(({ name, source }) => [name, source])),
  external,
  platform: 'neutral',
  resolve: { mainFields: ['module', 'main'] },
});
await code.write({ dir: 'dist', format: 'esm', sourcemap: true, chunkFileNames: '[name]-[hash].js' });

execFileSync(path.join(folder, '../../node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: folder,
  stdio: 'inherit',
});
for (const entry of entriesOf) await declare(entry);
rmSync(types, { recursive: true });

/** One file for each entry. What another entry has is imported from there, so that every type has one name that apps can say. */
async function declare({ name, source }: Entry): Promise<void> {
  const elsewhere = entriesOf.filter((other) => other.name !== name);
  const build = await rolldown({
    cwd: folder,
    input: { [name]: typesOf(source) },
    external,
    plugins: [
      {
        name: 'own packages',
        resolveId: {
          order: 'pre',
          handler(id, importer) {
            const [, own, entry] = /^@amanda\/([a-z-]+)(?:\/([a-z-]+))?$/.exec(id) ?? [];
            const file =
              own === undefined
                ? path.resolve(path.dirname(importer ?? folder), id)
                : packageTypes(own, entry);
            const isOurs = own !== undefined || id.startsWith('.');
            const home = isOurs && file.startsWith(types) ? homeOf(file) : undefined;
            if (home !== undefined && elsewhere.includes(home))
              return { id: `./${home.name}.js`, external: true };
            return own === undefined ? null : file;
          },
        },
        transform: {
          order: 'pre',
          handler: (code, id) => (id.includes('@trpc/tanstack-react-query') ? withNamedKeys(code) : null),
        },
      },
      ...dts({
        dtsInput: true,
        emitDtsOnly: true,
        resolver: 'oxc',
        tsconfig: path.join(folder, 'tsconfig.dom.json'),
      }),
    ],
  });
  const { output } = await build.write({ dir: 'dist', format: 'esm' });
  for (const part of output) if (part.type === 'chunk') nameAll(path.join(folder, 'dist', part.fileName));
}

/** Tags the keys of tRPC's React integration with our own type, which has a name. */
function withNamedKeys(code: string): string {
  const own = JSON.stringify(typesOf('src/react/query-keys.ts'));
  if (!code.includes(' DataTag, ')) throw new Error('tRPC no longer imports DataTag');
  return `import { DataTag } from ${own};\n${code.replace(' DataTag, ', ' ')}`;
}

/**
 * Exports every interface and class of an entry. TypeScript writes them by name alone into the declarations of an app
 * that exports what it has inferred, and tRPC's React integration exports only some of its own.
 */
function nameAll(file: string): void {
  // A type that TypeScript has inferred stands where it is used, by the package that it came from.
  const text = readFileSync(file, 'utf8').replaceAll(/import\("@amanda\/[a-z-]+"\)/g, 'import("./index.js")');
  const [, exported = ''] = /^export(?: type)? \{([^}]*)\};?\s*$/m.exec(text) ?? [];
  const known = new Set(exported.split(',').map((name) => name.replace(/^\s*type /, '').trim()));
  // An empty one says nothing: the scope, which only the server fills.
  const names = [...text.matchAll(/^(?:declare )?(?:interface|class) ([\w$]+)(?![\w$]| \{\})/gm)]
    .flatMap(([, name]) => name ?? [])
    .filter((name) => !known.has(name));
  writeFileSync(file, names.length === 0 ? text : `${text}\nexport type { ${names.join(', ')} };\n`);
}
