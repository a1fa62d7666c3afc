import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type PackedProject, packedProject, root, run } from './packed.ts';

/** The package as npm gets it: packed, unpacked into an empty project, and used there. Needs `dist`, which `npm test` builds. */

const bin = (name: string) => path.join(root, 'node_modules/.bin', name);

let packed: PackedProject;

beforeAll(async () => {
  packed = await packedProject();
});

afterAll(() => packed[Symbol.asyncDispose]());

const names = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  dependencies: names,
  peerDependencies: names,
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.literal(true) })).default({}),
  engines: z.object({ node: z.string().optional() }).optional(),
});

const readJson = async (...file: string[]): Promise<unknown> =>
  JSON.parse(await readFile(path.join(packed.installed, ...file), 'utf8'));

/** A page that sends a question and shows the answer. */
const page = `
  import { createAmandaClient } from '@amanda/client';
  const client = createAmandaClient({ store: sessionStorage });
  const { id } = await client.trpc.chat.create.mutate({});
  for await (const { text } of client.chat(id).send('Hello')) document.body.textContent = text;
`;

/** Builds a page as an app would. Answers what every visitor loads, and the names of what is in it. */
async function bundle(source: string): Promise<{ kilobytes: number; modules: string[] }> {
  const input = path.join(packed.folder, 'page.js');
  await writeFile(input, source);
  const build = await rolldown({
    cwd: packed.folder,
    input,
    platform: 'browser',
    external: [/^(react|@tanstack|ai)(\/|$)/],
    // `'use client'`: what is bundled here is a page already.
    checks: { moduleLevelDirective: false },
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const chunks = output.filter((part) => part.type === 'chunk');
  const first = chunks.filter(({ isDynamicEntry }) => !isDynamicEntry);
  const kilobytes = first.reduce((sum, { code }) => sum + gzipSync(code).length, 0) / 1000;
  return { kilobytes, modules: chunks.flatMap(({ moduleIds }) => moduleIds) };
}

describe('the packed package', () => {
  it('is what publint and attw expect', async () => {
    const { messages, pkg } = await publint({
      pkgDir: packed.installed,
      pack: false,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    await expect(
      run(bin('attw'), [packed.tarball, '--profile', 'esm-only', '--quiet']),
    ).resolves.toBeDefined();
  });

  it('has no link in its readme that leads out of it, and its licence', async () => {
    const readme = await readFile(path.join(packed.installed, 'README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\(([^)#]+)/g)].flatMap(([, link]) => link ?? []);
    expect(links.length).toBeGreaterThan(0);
    const inside = links.filter((link) => !link.startsWith('https://'));
    await Promise.all([...inside, 'LICENSE'].map((file) => access(path.join(packed.installed, file))));
  });

  it('lets an app have one copy of what both use, and asks for no Node that its dependencies do not need', async () => {
    const manifest = manifestSchema.parse(await readJson('package.json'));
    const { dependencies, peerDependencies, peerDependenciesMeta } = manifest;
    expect(Object.keys(dependencies).filter((name) => /^(ai|react|@ai-sdk|@tanstack)/.test(name))).toEqual(
      [],
    );
    for (const range of Object.values({ ...dependencies, ...peerDependencies }))
      expect(range).toMatch(/^\^\d/);
    expect(Object.keys(peerDependenciesMeta)).toEqual(Object.keys(peerDependencies));
    const needed = await Promise.all(
      Object.keys(dependencies).map(
        async (name) => manifestSchema.parse(await readJson('..', '..', name, 'package.json')).engines?.node,
      ),
    );
    expect(manifest.engines?.node).toBe('>=20');
    for (const node of needed) expect(Number(/\d+/.exec(node ?? '0')?.[0])).toBeLessThanOrEqual(20);
  });

  it('tells bundlers that the React entries, and they alone, are of the client', async () => {
    for (const [name, isOfClient] of [
      ['index', false],
      ['ai-sdk', false],
      ['react', true],
      ['ai-sdk-react', true],
    ] as const) {
      const text = await readFile(path.join(packed.installed, `dist/${name}.js`), 'utf8');
      expect([name, /^["']use client["'];/.test(text)]).toEqual([name, isOfClient]);
    }
  });

  it('names nothing of this repository', async () => {
    const dist = path.join(packed.installed, 'dist');
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
      path.join(packed.folder, 'consumer.ts'),
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
    expect(await packed.compile(['consumer.ts'], { types: [] })).toBe('');
  });

  it('fits the AI SDK, which itself needs the types of Node', async () => {
    await writeFile(
      path.join(packed.folder, 'transport.ts'),
      `
      import { createAmandaClient } from '@amanda/client';
      import { type AmandaUIMessage, createChatTransport } from '@amanda/client/ai-sdk';
      import type { ChatTransport } from 'ai';
      export const transport: ChatTransport<AmandaUIMessage> = createChatTransport(createAmandaClient());
      `,
    );
    expect(await packed.compile(['transport.ts'])).toBe('');
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
