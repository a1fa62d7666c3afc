import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { startTestServer, type TestServerOptions } from '@amanda/testing';
import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { createElement } from 'react';
import { expect, it } from 'vitest';
import { type AppRouter, transformer } from '../src/index.ts';
import { cleanup, renderHook, waitFor } from './browser.ts';
import { clientOf } from './connected.ts';
import { Provider, useTitle } from './stock-react.tsx';
import { calls, client, overEvents, overSocket } from './stock-trpc.ts';

it.each(['stock-trpc.ts', 'stock-react.tsx'])('%s is what docs/trpc.md shows', async (file) => {
  const page = await readFile(path.join(import.meta.dirname, '../../../docs/trpc.md'), 'utf8');
  const source = await readFile(path.join(import.meta.dirname, file), 'utf8');
  expect(page).toContain(
    `\`\`\`${path.extname(file).slice(1)}\n${source.replace('../src/index.ts', '@amanda/client')}\`\`\``,
  );
});

it('answers the hooks of @trpc/tanstack-react-query', async () => {
  await using server = await startTestServer();
  const { cookie } = await server.signUp();
  using owner = clientOf(server.url, { cookie });
  const { secret } = await owner.trpc.auth.tokens.create.mutate({ name: 'a test' });
  const trpc = client(calls(server.url, secret), overEvents(server.url, secret));
  const { id, title } = await trpc.chat.create.mutate({});
  const { result } = renderHook(() => useTitle(id), {
    wrapper: ({ children }) => createElement(Provider, { client: trpc, children }),
  });
  await waitFor(() => expect(result.current).toBe(title));
  cleanup();
});

it.each(['WebSocket', 'server-sent events'])(
  'sends a question and follows its answer over %s',
  async (way) => {
    await using server = await startTestServer();
    const { cookie } = await server.signUp();
    const { url } = server;
    using owner = clientOf(url, { cookie });
    const { secret } = await owner.trpc.auth.tokens.create.mutate({ name: 'a test' });
    const socket = overSocket(url, secret);
    const trpc = client(calls(url, secret), way === 'WebSocket' ? socket.link : overEvents(url, secret));

    const { id: chatId } = await trpc.chat.create.mutate({});
    const { messageId } = await trpc.message.send.mutate({ chatId, text: 'Hi' });
    const end = Promise.withResolvers<string | undefined>();
    const subscription = trpc.message.stream.subscribe(
      { messageId },
      {
        onData: ({ data }) => data.type === 'end' && end.resolve(data.message?.text),
        onError: (error) => end.reject(error),
      },
    );
    expect(await end.promise).toBe('Hello!');
    subscription.unsubscribe();
    await socket.close();
  },
);

it('reads a token from the URL of a subscription, and logs no token of the URL', async () => {
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const log: NonNullable<TestServerOptions['log']> = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: () => log,
  };
  await using server = await startTestServer({ log });
  const { cookie } = await server.signUp();
  using owner = clientOf(server.url, { cookie });
  const { secret: token } = await owner.trpc.auth.tokens.create.mutate({ name: 'a test' });
  const { id: chatId } = await owner.trpc.chat.create.mutate({});
  const { messageId } = await owner.trpc.message.send.mutate({ chatId, text: 'Hi' });

  /** How a subscription ends whose `connectionParams` are these. */
  const follow = async (connectionParams: Record<string, string>) => {
    const link = httpSubscriptionLink<AppRouter, typeof EventSource>({
      url: `${server.url}/trpc`,
      transformer,
      EventSource,
      connectionParams,
    });
    const end = Promise.withResolvers<string | undefined>();
    const subscription = createTRPCClient<AppRouter>({ links: [link] }).message.stream.subscribe(
      { messageId },
      {
        onData: ({ data }) => data.type === 'end' && end.resolve(data.message?.text),
        onError: (error) => end.resolve(error.data?.amanda.code),
      },
    );
    const how = await end.promise;
    subscription.unsubscribe();
    return how;
  };
  expect(await follow({ token })).toBe('Hello!');
  expect(await follow({ token: `${token}x` })).toBe('UNAUTHENTICATED');
  expect(await follow({})).toBe('UNAUTHENTICATED');
  const malformed = await fetch(`${server.url}/trpc/message.stream?connectionParams=${token}`);
  expect(malformed.status).toBe(400);
  expect(lines.length).toBeGreaterThan(0);
  expect(inspect(lines, { depth: 20 })).not.toContain('amanda_');
});
