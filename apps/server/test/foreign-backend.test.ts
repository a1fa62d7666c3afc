import { failsAfter, foreignAiBackend, inTurn, Status, says } from '@amanda/ai-client/scripted';
import { followAnswer, legacyClient, startTestServer, trpcClient } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

describe('a foreign AI backend that knows only the original fields', () => {
  it('answers old clients and new ones', async () => {
    await using backend = await foreignAiBackend(says('Hello', ', ', 'Ada', '!'));
    await using server = await startTestServer({ ai: backend });
    const user = await server.signUp();
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});

    const sent = await client.api.message.send.mutate({ chatId: chat.id, text: 'Hi' });
    using answer = followAnswer(client, sent);
    expect(await answer.ended).toMatchObject({ status: 'complete', message: { text: 'Hello, Ada!' } });
    expect(answer.text).toBe('Hello, Ada!');

    using legacy = legacyClient({ url: server.url, cookie: user.cookie });
    await legacy.connected();
    let tokens = '';
    legacy.socket.on('message_token', ({ text }: { text: string }) => {
      tokens += text;
    });
    const complete = legacy.next('message_complete');
    legacy.socket.emit('send_message', { chat_id: chat.id, message: 'Again' });
    expect(await complete).toEqual({ message_id: expect.any(Number), full_text: 'Hello, Ada!' });
    expect(tokens).toBe('Hello, Ada!');
    expect(backend.requests.map(({ userId, chatId, message }) => ({ userId, chatId, message }))).toEqual([
      { userId: user.id, chatId: chat.id, message: 'Hi' },
      { userId: user.id, chatId: chat.id, message: 'Again' },
    ]);
  });

  it('keeps what it said before it failed, and the next question works', async () => {
    const script = inTurn(failsAfter(['I was ', 'about'], Status.INTERNAL), says('Now it works.'));
    await using backend = await foreignAiBackend(script);
    await using server = await startTestServer({ ai: backend });
    const user = await server.signUp();
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});

    using broken = followAnswer(
      client,
      await client.api.message.send.mutate({ chatId: chat.id, text: 'One' }),
    );
    expect(await broken.ended).toMatchObject({
      status: 'failed',
      error: 'AI_FAILED',
      message: { text: 'I was about' },
    });
    using whole = followAnswer(
      client,
      await client.api.message.send.mutate({ chatId: chat.id, text: 'Two' }),
    );
    expect((await whole.ended).message?.text).toBe('Now it works.');
  });
});

describe('no AI backend at all', () => {
  it('gives a clear error, keeps the question, and works again once there is one', async () => {
    const gone = await foreignAiBackend(says('never heard'));
    const { host, port } = gone;
    await gone.close();
    await using server = await startTestServer({ ai: { host, port } });
    const user = await server.signUp();
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});

    using nobody = followAnswer(
      client,
      await client.api.message.send.mutate({ chatId: chat.id, text: 'One' }),
    );
    expect(await nobody.ended).toMatchObject({ status: 'failed', error: 'AI_UNAVAILABLE' });

    using legacy = legacyClient({ url: server.url, cookie: user.cookie });
    await legacy.connected();
    const error = legacy.next('error');
    legacy.socket.emit('send_message', { chat_id: chat.id, message: 'Two' });
    expect(await error).toEqual({ message: 'AI service unavailable. Please try again later.' });

    const listed = await fetch(`${server.url}/api/chat/${chat.id}/messages`, {
      headers: { cookie: user.cookie },
    });
    const { messages } = (await listed.json()) as { messages: { role: string; content: string }[] };
    expect(messages.map(({ role, content }) => `${role}: ${content}`)).toEqual(['user: One', 'user: Two']);

    await using back = await foreignAiBackend(says('Here I am.'), { port });
    // gRPC waits a little between its attempts to connect; a user asks again.
    const complete = legacy.next('message_complete');
    const ask = () => legacy.socket.emit('send_message', { chat_id: chat.id, message: 'Three' });
    legacy.socket.on('error', ask);
    ask();
    expect(await complete).toMatchObject({ full_text: 'Here I am.' });
    expect(back.requests.at(-1)?.message).toBe('Three');
  });
});
