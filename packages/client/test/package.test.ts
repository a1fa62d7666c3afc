import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The package as npm gets it: packed, unpacked into an empty project, and used there. Needs `dist`, which `npm test` builds. */

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const bin = (name: string) => path.join(root, 'node_modules/.bin', name);

let project: string;
let tarball: string;

beforeAll(async () => {
  project = await mkdtemp(path.join(tmpdir(), 'amanda-consumer-'));
  const pnpm = ['--yes', '--prefer-offline', '--loglevel=error', 'pnpm@12.21.0'];
  await run('npx', [...pnpm, 'pack', '--pack-destination', project], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  tarball = path.join(project, (await readdir(project)).find((name) => name.endsWith('.tgz')) ?? '');
  const installed = path.join(project, 'node_modules/@amanda/client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);

  // What an installer would fetch: the dependencies, and the peers of the entries that are used.
  const manifest: unknown = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8'));
  const { dependencies, peerDependencies } = manifest as Record<string, Record<string, string>>;
  const names = Object.keys({ ...dependencies, ...peerDependencies });
  for (const name of [...names, '@types/json-schema', '@types/node', '@types/react']) {
    const link = path.join(project, 'node_modules', name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(installedIn(name), link);
  }
  await writeFile(path.join(project, 'package.json'), '{ "type": "module" }');
});

afterAll(() => rm(project, { recursive: true, force: true }));

/** Where the workspace has a package; the types of Node belong to all of it. */
function installedIn(name: string): string {
  return path.join(name === '@types/node' ? path.join(root, '../..') : root, 'node_modules', name);
}

/** A page that sends a question and shows the answer. */
const page = `
  import { createAmandaClient } from '@amanda/client';
  const client = createAmandaClient({ store: sessionStorage });
  const { id } = await client.trpc.chat.create.mutate({});
  for await (const { text } of client.chat(id).send('Hello')) document.body.textContent = text;
`;

/** Builds a page as an app would. Answers what every visitor loads, and the names of what is in it. */
async function bundle(source: string): Promise<{ kilobytes: number; modules: string[] }> {
  const input = path.join(project, 'page.js');
  await writeFile(input, source);
  const build = await rolldown({
    cwd: project,
    input,
    platform: 'browser',
    external: [/^(react|@tanstack|ai)(\/|$)/],
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const chunks = output.filter((part) => part.type === 'chunk');
  const first = chunks.filter(({ isDynamicEntry }) => !isDynamicEntry);
  const kilobytes = first.reduce((sum, { code }) => sum + gzipSync(code).length, 0) / 1000;
  return { kilobytes, modules: chunks.flatMap(({ moduleIds }) => moduleIds) };
}

/** Compiles a file of the project, every library included. Answers what the compiler says. */
async function compile(file: string, types: string[]): Promise<string> {
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types,
  };
  const config = path.join(project, 'tsconfig.json');
  await writeFile(config, JSON.stringify({ compilerOptions, files: [file] }));
  return run(path.join(root, '../../node_modules/.bin/tsc'), ['-p', config]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

describe('the packed package', () => {
  it('is what publint and attw expect', async () => {
    const { messages, pkg } = await publint({
      pkgDir: path.join(project, 'node_modules/@amanda/client'),
      pack: false,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    await expect(run(bin('attw'), [tarball, '--profile', 'esm-only', '--quiet'])).resolves.toBeDefined();
  });

  it('names nothing of this repository', async () => {
    const dist = path.join(project, 'node_modules/@amanda/client/dist');
    for (const name of await readdir(dist)) {
      if (name.endsWith('.map')) continue;
      const text = await readFile(path.join(dist, name), 'utf8');
      const foreign = /from ["']@amanda\/|import\(["']@amanda|["']node:|["'][^"']*\/packages\/|Prisma/.exec(
        text,
      );
      expect({ name, foreign }).toEqual({ name, foreign: null });
    }
  });

  it('is typed from the server’s router, without Node’s types and with every library checked', async () => {
    await writeFile(
      path.join(project, 'consumer.ts'),
      `
      import { AmandaError, createAmandaClient, type Message, type RouterOutputs } from '@amanda/client';
      import { AmandaProvider, createQueryClient, useAnswer, useChats, useTRPC } from '@amanda/client/react';

      using client = createAmandaClient({ url: 'https://chat.example.org', store: localStorage });
      const page: RouterOutputs['message']['list'] = await client.trpc.message.list.query({ chatId: 1 });
      const created: Date | undefined = page.items[0]?.createdAt;
      const message: Message | undefined = page.items[0];
      // @ts-expect-error a chat's id is a number
      await client.trpc.message.list.query({ chatId: '1' });
      for await (const { status, text } of client.chat(1).send('Hello')) console.log(text.length, status);
      for await (const { event } of client.watch()) {
        if (event.type === 'change' && event.change.type === 'message.added') console.log(event.change.messageId);
      }
      export const code = new AmandaError('LINK_LOST', 'away').code;
      export function Page() {
        const { chats } = useChats();
        const trpc = useTRPC();
        // @ts-expect-error there is no such procedure
        trpc.chat.shout;
        const answer = useAnswer(2);
        return chats[0]?.title === answer.text ? null : trpc.chat.get.queryKey({ chatId: 1 }).length;
      }
      export { AmandaProvider, createQueryClient, created, message };
      `,
    );
    expect(await compile('consumer.ts', [])).toBe('');
  });

  it('fits the AI SDK, which itself needs the types of Node', async () => {
    await writeFile(
      path.join(project, 'transport.ts'),
      `
      import { createAmandaClient } from '@amanda/client';
      import { type AmandaUIMessage, createChatTransport } from '@amanda/client/ai-sdk';
      import type { ChatTransport } from 'ai';
      export const transport: ChatTransport<AmandaUIMessage> = createChatTransport(createAmandaClient());
      `,
    );
    expect(await compile('transport.ts', ['node'])).toBe('');
  });

  it('is small in a page, and brings nothing of the server', async () => {
    const { kilobytes, modules } = await bundle(page);
    expect(kilobytes).toBeLessThan(30);
    expect(kilobytes).toBeGreaterThan(5);
    const packages = modules.flatMap((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []);
    expect([...new Set(packages)].toSorted()).toEqual([
      '@amanda/client',
      '@trpc/client',
      '@trpc/server',
      'copy-anything',
      'eventsource',
      'eventsource-parser',
      'superjson',
    ]);
  });

  it('adds little for React and for the AI SDK, which bring their own', async () => {
    const hooks = await bundle(`${page} export * from '@amanda/client/react';`);
    const transport = await bundle(`${page} export * from '@amanda/client/ai-sdk';`);
    const { kilobytes } = await bundle(page);
    expect(hooks.kilobytes - kilobytes).toBeLessThan(8);
    expect(transport.kilobytes - kilobytes).toBeLessThan(3);
  });
});
