import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { compilers, packedProject } from './packed.ts';

/** An app that is itself a library, or part of a composite project: it exports whatever it has inferred. */
const app = `
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type AppRouter, amandaErrorOf, createAmandaClient, newClientId, type RouterOutputs } from '@amanda/client';
import * as hooks from '@amanda/client/react';
import { createChatTransport, toUIMessages } from '@amanda/client/ai-sdk';
import { TRPCClientError } from '@trpc/client';

export const { trpc, connection, chat, answer, watch } = createAmandaClient();
export const { message, auth, user } = trpc;
export const { send, stream, list } = trpc.message;
export const follow = (id: number) => trpc.message.stream.subscribe({ messageId: id }, { onData(event) { event.data.type; } });
export const turn = (text: string) => chat(1).send(text);
export const turnStates = () => turn('x').states();
export const feed = () => watch();
export const started = async () => turn('x').started;
export const errorOf = (e: unknown) => (e instanceof TRPCClientError ? (e as TRPCClientError<AppRouter>) : amandaErrorOf(e));
export const shapeOf = (e: TRPCClientError<AppRouter>) => e.data;
export const details = amandaErrorOf(null).details;
export type Page = RouterOutputs['message']['list'];
export const pageOf = async () => (await trpc.message.list.query({ chatId: 1 })).items[0];
export { hooks };
export const all = { ...hooks };
export const useAll = () => ({
  trpc: hooks.useTRPC(), amanda: hooks.useAmanda(), chats: hooks.useChats(), chat: hooks.useChatById(1), messages: hooks.useMessages(1),
  versions: hooks.useVersions(1), search: hooks.useSearch('x'), answer: hooks.useAnswer(1), connection: hooks.useConnection(),
  send: hooks.useSend(1), regenerate: hooks.useRegenerate(1), edit: hooks.useEdit(1), go: hooks.useContinue(1), stop: hooks.useStop(1),
});
export function useMore() {
  const t = hooks.useTRPC(); const qc = useQueryClient();
  return {
    data: qc.getQueryData(t.chat.get.queryKey({ chatId: 1 })), shown: qc.getQueryData(t.chat.list.infiniteQueryKey())?.pages[0]?.items[0]?.title,
    profile: useQuery(t.user.profile.queryOptions()), rename: useMutation(t.chat.rename.mutationOptions()),
    infinite: useInfiniteQuery(t.chat.list.infiniteQueryOptions({}, { getNextPageParam: (p) => p.nextCursor })),
    key: t.chat.get.queryKey({ chatId: 1 }), ikey: t.chat.list.infiniteQueryKey(), filter: t.chat.pathFilter(), f2: t.chat.list.infiniteQueryFilter(), f3: t.chat.get.queryFilter({ chatId: 1 }),
    sub: t.message.stream.subscriptionOptions({ messageId: 1 }), options: t.chat.get.queryOptions({ chatId: 1 }), mkey: t.chat.rename.mutationKey(), path: t.chat.pathKey(),
  };
}
export const typed: (m: ReturnType<typeof useMore>) => [string | undefined, number | undefined] = (m) => [m.shown, m.data?.id];
export const transport = createChatTransport(createAmandaClient());
export const ui = toUIMessages([]);
export const id = newClientId();
export class Store { client = createAmandaClient(); api = this.client.trpc.chat; turn = this.client.chat(1).send('x'); }
`;

it.each(compilers)(
  'lets an app export all that it infers, and reads its declarations, with %s',
  async (compiler) => {
    await using project = await packedProject();
    await writeFile(path.join(project.folder, 'app.ts'), app);
    const emit = { compiler, noEmit: false, composite: true, emitDeclarationOnly: true, outDir: 'declared' };
    expect(await project.compile(['app.ts'], emit)).toBe('');
    expect(await project.compile(['declared/app.d.ts'], { compiler })).toBe('');

    const emitted = await readFile(path.join(project.folder, 'declared/app.d.ts'), 'utf8');
    const modules = [...emitted.matchAll(/(?:from |import\()["']([^"']+)/g)].map(([, name]) => name);
    expect(new Set(modules.filter((name) => name?.startsWith('@amanda') || name?.startsWith('.')))).toEqual(
      new Set(['@amanda/client', '@amanda/client/ai-sdk', '@amanda/client/react']),
    );
    expect(emitted).not.toMatch(/\b(Scope|ServerRouter|LiveSession)\b|\/(dist|core|api)\//);
  },
);
