import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

/**
 * Builds what npm gets: ES modules, and declarations that name nothing of this repository. tsc writes declarations of
 * everything the public types reach, and rolldown puts them, the router's type included, into one file for each entry.
 */
const folder = import.meta.dirname;
const entries = { index: 'src/index.ts', react: 'src/react/index.ts', 'ai-sdk': 'src/ai-sdk/index.ts' };
const types = path.join(folder, 'dist/.types');

/** What an app installs by itself or along with this package. tRPC's React integration is none of it: its peers are too narrow. */
const external = [
  /^@trpc\/(client|server)/,
  /^@tanstack\/react-query$/,
  /^(ai|eventsource|react|superjson|zod)(\/|$)/,
];

rmSync(path.join(folder, 'dist'), { recursive: true, force: true });

const code = await rolldown({
  cwd: folder,
  input: entries,
  external,
  platform: 'neutral',
  resolve: { mainFields: ['module', 'main'] },
});
await code.write({ dir: 'dist', format: 'esm', sourcemap: true, chunkFileNames: '[name]-[hash].js' });

execFileSync(path.join(folder, '../../node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: folder,
  stdio: 'inherit',
});
const typesOf = (source: string) => path.join(types, 'packages', 'client', source.replace(/ts$/, 'd.ts'));
const declarations = await rolldown({
  cwd: folder,
  input: Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, typesOf(source)])),
  external,
  plugins: [
    {
      name: 'own packages',
      resolveId: {
        order: 'pre',
        handler(id) {
          const name = /^@amanda\/([a-z-]+)$/.exec(id)?.[1];
          return name === undefined ? null : path.join(types, 'packages', name, 'src/index.d.ts');
        },
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
await declarations.write({ dir: 'dist', format: 'esm', chunkFileNames: '[name]-[hash].d.ts' });
rmSync(types, { recursive: true });
