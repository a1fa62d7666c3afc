import { pause, scriptedAiBackend } from '@amanda/ai-client/scripted';
import { deferred, followAnswer, signUp, spawnServer, temporaryFolder, trpcClient } from '@amanda/testing';
import { expect, it } from 'vitest';

/** Enough text for many commits; astral characters so that a cut could fall inside one. */
const pieces = Array.from({ length: 300 }, (_, index) => `${index} 🙂 `);

it('keeps what was shown when the server is killed in mid-answer', async () => {
  const rest = deferred();
  await using backend = await scriptedAiBackend(async function* (_request, { signal }) {
    for (const [index, piece] of pieces.entries()) {
      if (index > 100) await pause(rest.promise, signal);
      // One piece a turn, so that they are committed in more than one group.
      await new Promise((resolve) => setImmediate(resolve));
      yield piece;
    }
    yield { done: true };
  });
  await using folder = await temporaryFolder();
  const env = { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) };
  await using server = await spawnServer({ dataDir: folder.path, env });
  const user = await signUp(server.url, 'ada@example.org');
  await using client = trpcClient({ url: server.url, cookie: user.cookie });
  const chat = await client.api.chat.create.mutate({});
  const sent = await client.api.message.send.mutate({ chatId: chat.id, text: 'Count!' });
  using answer = followAnswer(client, sent);
  await answer.grows(200);

  await server.kill('SIGKILL');
  const shown = answer.text;
  // The same client, never told of anything, finds the server again on its port.
  await using again = await spawnServer({
    dataDir: folder.path,
    env: { ...env, PORT: String(server.port) },
  });
  const end = await answer.ended;
  expect(again.url).toBe(server.url);

  expect(end.status).toBe('interrupted');
  expect(answer.text.startsWith(shown)).toBe(true);
  expect(end.message?.text).toBe(answer.text);
  expect(pieces.join('').startsWith(answer.text)).toBe(true);
  const { items } = await client.api.message.list.query({ chatId: chat.id });
  expect(items.map(({ role, status, text }) => ({ role, status, text }))).toEqual([
    { role: 'user', status: 'complete', text: 'Count!' },
    { role: 'assistant', status: 'interrupted', text: answer.text },
  ]);
  const { activeMessageId } = await client.api.chat.get.query({ chatId: chat.id });
  expect(activeMessageId).toBeNull();
});
