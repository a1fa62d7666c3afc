import { pause, scriptedAiBackend } from '@amanda/ai-client/scripted';
import { deferred, followAnswer, legacyClient, signUp, spawnServer, trpcClient } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

/** A server whose AI backend says one word and then waits. */
async function halfway(env: Record<string, string> = {}) {
  const parts = new AsyncDisposableStack();
  const rest = deferred();
  const backend = parts.use(
    await scriptedAiBackend(async function* (_request, { signal }) {
      yield 'Well';
      await pause(rest.promise, signal);
      yield ', yes.';
      yield { done: true };
    }),
  );
  const server = parts.use(
    await spawnServer({
      env: { ...env, GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) },
    }),
  );
  const user = await signUp(server.url, 'ada@example.org');
  return { server, user, rest, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** Polls until a condition of the server holds; each look is a request of its own. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

describe('a server that is told to end', () => {
  it('lets the answer that is being written come to its end', async () => {
    await using scene = await halfway();
    const { server, user, rest } = scene;
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});
    using answer = followAnswer(
      client,
      await client.api.message.send.mutate({ chatId: chat.id, text: 'Is it?' }),
    );
    await answer.grows(4);

    const ended = server.kill('SIGTERM');
    await until(async () => (await fetch(`${server.url}/ready`)).status === 503);
    await expect(client.api.message.send.mutate({ chatId: chat.id, text: 'And?' })).rejects.toMatchObject({
      data: { amanda: { code: expect.stringMatching(/SHUTTING_DOWN|RUN_ACTIVE/) } },
    });
    rest.resolve();

    expect(await answer.ended).toMatchObject({ status: 'complete', message: { text: 'Well, yes.' } });
    expect(await ended).toBe(0);
  });

  it('marks an answer as interrupted that takes longer than it may, where it is told to keep, and has clients come back', async () => {
    await using scene = await halfway({ DRAIN_SECONDS: '0', AFTER_CRASH: 'keep' });
    const { server, user } = scene;
    const codes: (number | undefined)[] = [];
    await using client = trpcClient({
      url: server.url,
      cookie: user.cookie,
      onClose: (cause) => codes.push(cause?.code),
    });
    using legacy = legacyClient({ url: server.url, cookie: user.cookie, transports: ['websocket'] });
    await legacy.connected();
    const disconnected = legacy.next('disconnect');
    const chat = await client.api.chat.create.mutate({});
    using answer = followAnswer(
      client,
      await client.api.message.send.mutate({ chatId: chat.id, text: 'Is it?' }),
    );
    await answer.grows(4);

    expect(await server.kill('SIGTERM')).toBe(0);
    expect(await answer.ended).toMatchObject({ status: 'interrupted', message: { text: 'Well' } });
    // Besides the refusals of its attempts to come back to a server that is going away.
    expect(codes).toContain(1012);
    // `io server disconnect` would keep the client away for good.
    expect(await disconnected).toMatch(/^transport/);
  });

  it('ends at once at another signal, but not at the echo of the first', async () => {
    await using scene = await halfway({ DRAIN_SECONDS: '600' });
    const { server, user } = scene;
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});
    using answer = followAnswer(
      client,
      await client.api.message.send.mutate({ chatId: chat.id, text: 'Is it?' }),
    );
    await answer.grows(4);
    const ended = server.kill('SIGTERM');
    await until(async () => (await fetch(`${server.url}/ready`)).status === 503);
    void server.kill('SIGINT');
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    await until(async () => {
      void server.kill('SIGINT');
      return await fetch(`${server.url}/ready`).then(
        () => false,
        () => true,
      );
    });
    expect(await ended).toBe(1);
  });
});
