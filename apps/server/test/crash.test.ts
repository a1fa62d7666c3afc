import { type AiScript, scriptedAiBackend, silence } from '@amanda/ai-client/scripted';
import { followAnswer, signUp, spawnServer, temporaryFolder, trpcClient } from '@amanda/testing';
import { expect, it } from 'vitest';

/** Enough text for many commits; astral characters so that a cut could fall inside one. */
const pieces = Array.from({ length: 300 }, (_, index) => `${index} 🙂 `);

/** Says the pieces, and in mid-sentence waits for ever; whoever asks it to continue is told the rest. */
const counter: AiScript = async function* ({ continueFrom }, { signal }) {
  if (continueFrom !== undefined) {
    yield { text: '', continues: true };
    yield pieces.join('').slice(continueFrom.length);
    yield { done: true };
    return;
  }
  for (const [index, piece] of pieces.entries()) {
    if (index > 100) await silence(signal);
    // One piece a turn, so that they are committed in more than one group.
    await new Promise((resolve) => setImmediate(resolve));
    yield piece;
  }
};

/** A server in mid-answer, its viewers, and a way to end it and start it again on its folder and port. */
async function inMidSentence(options: { script?: AiScript; env?: Record<string, string> } = {}) {
  const parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const backend = options.script === undefined ? null : parts.use(await scriptedAiBackend(options.script));
  const env: Record<string, string> = {
    ...options.env,
    ...(backend === null
      ? {}
      : { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) }),
  };
  const server = parts.use(await spawnServer({ dataDir: folder.path, env }));
  const user = await signUp(server.url, 'ada@example.org');
  const client = trpcClient({ url: server.url, cookie: user.cookie });
  parts.defer(() => client.close());
  const chat = await client.api.chat.create.mutate({});
  const sent = await client.api.message.send.mutate({ chatId: chat.id, text: 'I am tired. Count!' });
  const answer = parts.use(followAnswer(client, sent));
  const again = async (more: Record<string, string> = {}) =>
    parts.use(
      await spawnServer({ dataDir: folder.path, env: { ...env, ...more, PORT: String(server.port) } }),
    );
  return {
    backend,
    server,
    user,
    client,
    chat,
    sent,
    answer,
    again,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'goes on with the sentence after %s, before the eyes of its readers',
  async (signal) => {
    await using scene = await inMidSentence({ script: counter, env: { DRAIN_SECONDS: '0' } });
    const { server, client, chat, sent, user, answer } = scene;
    await answer.grows(200);
    const shown = answer.text;
    await server.kill(signal);
    // The same client, never told of anything, finds the server again on its port.
    await scene.again();
    const end = await answer.ended;
    expect(end).toMatchObject({ status: 'complete', message: { text: pieces.join('') } });
    expect(answer.text.startsWith(shown)).toBe(true);
    expect(answer.text).toBe(pieces.join(''));
    const { items } = await client.api.message.list.query({ chatId: chat.id });
    expect(items.map(({ id, status, version }) => ({ id, status, count: version.count }))).toEqual([
      { id: sent.questionId, status: 'complete', count: 1 },
      { id: sent.messageId, status: 'complete', count: 1 },
    ]);
    // A client of the Python service reads its messages again when it is back.
    const response = await fetch(`${server.url}/api/chat/${chat.id}/messages`, {
      headers: { cookie: user.cookie },
    });
    expect(JSON.stringify(await response.json())).toContain(JSON.stringify(pieces.join('')).slice(1, -1));
  },
);

it('goes on with the sentence where nothing is configured at all', async () => {
  await using scene = await inMidSentence();
  const { server, answer } = scene;
  await answer.grows(20);
  const shown = answer.text;
  await server.kill('SIGKILL');
  await scene.again();
  const end = await answer.ended;
  expect(end).toMatchObject({ status: 'complete', message: { text: answer.text } });
  expect(answer.text.startsWith(shown)).toBe(true);
  // The whole of what it says at the first question, to its last word.
  expect(answer.text).toMatch(/ANTHROPIC_MODEL, to change that\.$/);
});

it('keeps what was shown as interrupted where it is told to', async () => {
  await using scene = await inMidSentence({ script: counter, env: { AFTER_CRASH: 'keep' } });
  const { server, client, chat, answer, backend } = scene;
  await answer.grows(200);
  const shown = answer.text;
  await server.kill('SIGKILL');
  await scene.again();
  const end = await answer.ended;
  expect(end.status).toBe('interrupted');
  expect(answer.text.startsWith(shown)).toBe(true);
  expect(end.message?.text).toBe(answer.text);
  expect(pieces.join('').startsWith(answer.text)).toBe(true);
  const { items } = await client.api.message.list.query({ chatId: chat.id });
  expect(items.map(({ role, status, text }) => ({ role, status, text }))).toEqual([
    { role: 'user', status: 'complete', text: 'I am tired. Count!' },
    { role: 'assistant', status: 'interrupted', text: answer.text },
  ]);
  const { activeMessageId } = await client.api.chat.get.query({ chatId: chat.id });
  expect(activeMessageId).toBeNull();
  expect(backend?.calls).toHaveLength(1);
});
