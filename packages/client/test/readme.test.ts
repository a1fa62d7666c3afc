import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ClientErrorCode } from '../src/errors/amanda-error.ts';
import { packedProject, root, run } from './packed.ts';

/** What the snippets take from the app that they stand in, and from packages that only a phone has. */
const around = `
declare module 'react-native-get-random-values';
declare module 'react-native' {
  export const AppState: { addEventListener(type: 'change', tell: (state: 'active' | 'background') => void): { remove(): void } };
}
declare module '@react-native-async-storage/async-storage' {
  const store: { getItem(key: string): Promise<string | null>; setItem(key: string, value: string): Promise<void>; removeItem(key: string): Promise<void> };
  export default store;
}
declare const root: { render(page: import('react').ReactNode): void };
declare const token: string;
declare function readToken(): Promise<string>;
declare function render(text: string): void;
declare function Page(props: { messages: readonly object[]; onSend: (text: string) => void; onStop: () => void }): null;
`;

/** The snippets of a readme that use the package; those that use the router itself are not for apps. */
async function snippetsOf(readme: string): Promise<Array<{ extension: string; source: string }>> {
  const text = await readFile(readme, 'utf8');
  return [...text.matchAll(/```(tsx?)\n(.*?)```/gs)].flatMap(([, extension = '', source = '']) =>
    source.includes("'@amanda/client") ? { extension, source } : [],
  );
}

it('shows snippets that compile as they are written', async () => {
  await using project = await packedProject();
  const link = path.join(project.folder, 'node_modules/@ai-sdk/react');
  await mkdir(path.dirname(link), { recursive: true });
  await symlink(path.join(root, 'node_modules/@ai-sdk/react'), link);
  await writeFile(path.join(project.folder, 'around.d.ts'), around);
  const readmes = [path.join(root, '../../README.md'), path.join(root, 'README.md')];
  const snippets = (await Promise.all(readmes.map(snippetsOf))).flat();
  expect(snippets).toHaveLength(6);
  const files = await Promise.all(
    snippets.map(async ({ extension, source }, index) => {
      const file = `snippet-${index}.${extension}`;
      await writeFile(path.join(project.folder, file), source);
      return file;
    }),
  );
  expect(await project.compile(['around.d.ts', ...files], { jsx: 'react-jsx' })).toBe('');
});

/** What the snippets for tests take from the test that they stand in. */
const aroundTests = `
type Context = Exclude<Parameters<typeof import('@amanda/api').createCaller>[0], (...args: never) => unknown>;
declare const startTestServer: typeof import('@amanda/testing').startTestServer;
declare const says: typeof import('@amanda/ai-client/scripted').says;
declare const session: Context['session'];
declare const agent: Context['agent'];
declare const log: Context['log'];
`;

it('shows snippets for tests in this repository that compile as they are written', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'amanda-snippets-'));
  try {
    const packages = path.join(root, '..');
    await mkdir(path.join(folder, 'node_modules/@amanda'), { recursive: true });
    for (const name of ['ai-client', 'api', 'client', 'testing']) {
      await symlink(path.join(packages, name), path.join(folder, 'node_modules/@amanda', name));
    }
    await symlink(path.join(packages, '../node_modules/@types'), path.join(folder, 'node_modules/@types'));
    const texts = await Promise.all(
      [path.join(packages, '../README.md'), path.join(root, 'README.md')].map((file) =>
        readFile(file, 'utf8'),
      ),
    );
    const snippets = texts
      .flatMap((text) => [...text.matchAll(/```ts\n(.*?)```/gs)])
      .flatMap(([, source = '']) => (source.includes('startTestServer') ? source : []));
    expect(snippets).toHaveLength(2);
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(path.join(folder, 'around.d.ts'), aroundTests);
    await Promise.all(
      snippets.map((source, index) => writeFile(path.join(folder, `snippet-${index}.ts`), source)),
    );
    const config = {
      extends: path.join(packages, '../tsconfig.base.json'),
      // Snippets show what there is; not all of it is used.
      compilerOptions: { noUnusedLocals: false },
      include: ['*.ts'],
    };
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = path.join(packages, '../node_modules/typescript/bin/tsc');
    const said = await run(process.execPath, [tsc, '-p', folder]).then(
      () => '',
      (error: { stdout?: string }) => error.stdout ?? 'the compiler could not be run',
    );
    expect(said).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('says in docs/errors.md what the client says no with besides the server', async () => {
  const codes: Record<ClientErrorCode, true> = {
    LINK_LOST: true,
    CLIENT_OUTDATED: true,
    UNREADABLE: true,
    ABORTED: true,
    NO_ATTACHMENTS: true,
  };
  const text = await readFile(path.join(root, '../../docs/errors.md'), 'utf8');
  const [, section = ''] = text.split('## Codes of the client');
  const listed = [...section.matchAll(/^- `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual(Object.keys(codes));
});
