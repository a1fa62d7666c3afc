import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { startTestServer } from '@amanda/testing';
import { expect, it } from 'vitest';
import { clientOf } from './connected.ts';
import { calls, client, overEvents, overSocket } from './stock-trpc.ts';

it('is what docs/trpc.md shows', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../../../docs/trpc.md'), 'utf8');
  const source = await readFile(path.join(import.meta.dirname, 'stock-trpc.ts'), 'utf8');
  const [, shown] = /```ts\n(.*?)```/s.exec(page) ?? [];
  expect(shown).toBe(source.replace('../src/index.ts', '@amanda/client'));
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
