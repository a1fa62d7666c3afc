import { Chat, useChat } from '@ai-sdk/react';
import { deferred } from '@amanda/testing';
import { asSchema, uiMessageChunkSchema } from 'ai';
import { StrictMode } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { chunksOf } from '../src/ai-sdk/chunks.ts';
import { type AmandaUIMessage, createChatTransport, toUIMessages } from '../src/ai-sdk/index.ts';
import { useChatTransport } from '../src/ai-sdk-react/index.ts';
import type { AnswerState } from '../src/index.ts';
import { act, cleanup, renderHook, waitFor } from './browser.ts';
import { conversation } from './connected.ts';

afterEach(cleanup);

const textsOf = (messages: AmandaUIMessage[]) =>
  messages.map(
    ({ parts, role }) => `${role}: ${parts.map((part) => ('text' in part ? part.text : '')).join('')}`,
  );

/** What is stored in a chat, oldest first. */
async function statuses({ chatId, client }: Awaited<ReturnType<typeof conversation>>): Promise<string[]> {
  const { items } = await client.trpc.message.list.query({ chatId });
  return items.map(({ status, text }) => `${text}: ${status}`);
}

/** An answer that begins, and goes on when the test says so. */
function inTwoParts() {
  const more = deferred();
  const script = async function* () {
    yield 'Hello';
    await more.promise;
    yield ', Amanda!';
  };
  return { more, script };
}

describe('the transport for useChat', () => {
  it('sends and shows the answer as it grows', async () => {
    const { more, script } = inTwoParts();
    await using talk = await conversation({ script });
    const transport = createChatTransport(talk.client);
    const { result } = renderHook(() => useChat({ id: String(talk.chatId), transport }));

    act(() => void result.current.sendMessage({ text: 'Hi' }));
    await waitFor(() => expect(textsOf(result.current.messages)).toEqual(['user: Hi', 'assistant: Hello']));
    expect(result.current.status).toBe('streaming');
    more.resolve();
    await waitFor(() => expect(result.current.status).toBe('ready'));
    expect(textsOf(result.current.messages)).toEqual(['user: Hi', 'assistant: Hello, Amanda!']);
    expect(result.current.messages[1]?.metadata).toMatchObject({ status: 'complete' });

    await act(() => result.current.regenerate());
    await waitFor(() => expect(textsOf(result.current.messages)).toHaveLength(2));
    const { items } = await talk.client.trpc.message.list.query({ chatId: talk.chatId });
    expect(items.map(({ version }) => version.count)).toEqual([1, 2]);
    expect(String(items[1]?.id)).toBe(result.current.messages[1]?.id);
  });

  it('goes on where a page that was left had been, and does not stop the answer for it', async () => {
    const { more, script } = inTwoParts();
    await using talk = await conversation({ script });
    const id = String(talk.chatId);
    const left = renderHook(() => useChat({ id, transport: useChatTransport(talk.client, id) }));
    act(() => void left.result.current.sendMessage({ text: 'Hi' }));
    await waitFor(() => expect(textsOf(left.result.current.messages)[1]).toBe('assistant: Hello'));
    left.unmount();

    const { items } = await talk.client.trpc.message.list.query({ chatId: talk.chatId });
    expect(items.map(({ status }) => status)).toEqual(['complete', 'streaming']);
    const messages = toUIMessages(items);
    const { result } = renderHook(() =>
      useChat({ id, messages, transport: useChatTransport(talk.client, id), resume: true }),
    );
    more.resolve();
    await waitFor(() =>
      expect(textsOf(result.current.messages)).toEqual(['user: Hi', 'assistant: Hello, Amanda!']),
    );
    await waitFor(() => expect(result.current.status).toBe('ready'));
  });

  it('does not stop the answer of a page that is left and has not named its chat', async () => {
    const { more, script } = inTwoParts();
    await using talk = await conversation({ script });
    const id = String(talk.chatId);
    const left = renderHook(() => useChat({ id, transport: useChatTransport(talk.client) }));
    act(() => void left.result.current.sendMessage({ text: 'Hi' }));
    await waitFor(() => expect(textsOf(left.result.current.messages)[1]).toBe('assistant: Hello'));
    left.unmount();
    expect(await statuses(talk)).toEqual(['Hi: complete', 'Hello: streaming']);
    more.resolve();
    const [, answer] = (await talk.client.trpc.message.list.query({ chatId: talk.chatId })).items;
    expect(
      await talk.client
        .chat(talk.chatId)
        .follow(answer?.id ?? 0)
        .finished(),
    ).toMatchObject({
      status: 'complete',
    });
  });

  it('has nothing to go on with when nothing is being written', async () => {
    await using talk = await conversation();
    const transport = createChatTransport(talk.client);
    expect(await transport.reconnectToStream({ chatId: String(talk.chatId) })).toBeNull();
  });

  it('stops the answer on the server, and keeps its text', async () => {
    const { script } = inTwoParts();
    await using talk = await conversation({ script });
    const transport = createChatTransport(talk.client);
    const chat = new Chat<AmandaUIMessage>({ id: String(talk.chatId), transport });
    const sending = chat.sendMessage({ text: 'Hi' });
    await expect.poll(() => textsOf(chat.messages)[1]).toBe('assistant: Hello');

    await transport.stop(chat.id);
    await sending;
    expect(chat.status).toBe('ready');
    expect(textsOf(chat.messages)[1]).toBe('assistant: Hello');
    expect(chat.messages[1]?.metadata).toMatchObject({ status: 'stopped' });
  });

  it('stops the answer on the server by the stop() of useChat, and takes the next question at once', async () => {
    const { more, script } = inTwoParts();
    await using talk = await conversation({ script });
    const id = String(talk.chatId);
    const { result } = renderHook(() => useChat({ id, transport: useChatTransport(talk.client, id) }));
    act(() => void result.current.sendMessage({ text: 'Hi' }));
    await waitFor(() => expect(textsOf(result.current.messages)[1]).toBe('assistant: Hello'));

    await act(() => result.current.stop());
    expect(result.current.status).toBe('ready');
    more.resolve();
    await act(() => result.current.sendMessage({ text: 'And now?' }));
    expect(result.current.error).toBeUndefined();
    expect(await statuses(talk)).toEqual([
      'Hi: complete',
      'Hello: stopped',
      'And now?: complete',
      'Hello, Amanda!: complete',
    ]);
  });

  it('stops the answer on the server also where StrictMode tries its effects twice', async () => {
    const { more, script } = inTwoParts();
    await using talk = await conversation({ script });
    const id = String(talk.chatId);
    const { result } = renderHook(() => useChat({ id, transport: useChatTransport(talk.client, id) }), {
      wrapper: StrictMode,
    });
    act(() => void result.current.sendMessage({ text: 'Hi' }));
    await waitFor(() => expect(textsOf(result.current.messages)[1]).toBe('assistant: Hello'));

    await act(() => result.current.stop());
    more.resolve();
    await act(() => result.current.sendMessage({ text: 'And now?' }));
    expect((await statuses(talk)).slice(0, 2)).toEqual(['Hi: complete', 'Hello: stopped']);
  });

  it('stops an answer that was not yet promised when stop() was called', async () => {
    const { script } = inTwoParts();
    const held = deferred();
    const asked = deferred();
    await using talk = await conversation({ script });
    const slow: typeof talk.client = {
      ...talk.client,
      chat: (chatId) => ({
        ...talk.client.chat(chatId),
        send(...given) {
          const turn = talk.client.chat(chatId).send(...given);
          asked.resolve();
          return { ...turn, started: held.promise.then(() => turn.started) };
        },
      }),
    };
    const chat = new Chat<AmandaUIMessage>({ id: String(talk.chatId), transport: createChatTransport(slow) });
    const sending = chat.sendMessage({ text: 'Hi' });
    await asked.promise;
    await chat.stop();
    await sending;
    expect(chat.status).toBe('ready');
    held.resolve();
    await expect.poll(() => statuses(talk)).toEqual(['Hi: complete', expect.stringMatching(/: stopped$/)]);
  });

  it('sends the next question only when the stop before it has been answered', async () => {
    const { script } = inTwoParts();
    const held = deferred();
    const order: string[] = [];
    await using talk = await conversation({ script });
    const slow: typeof talk.client = {
      ...talk.client,
      chat: (chatId) => ({
        ...talk.client.chat(chatId),
        send(...given) {
          order.push('send');
          return talk.client.chat(chatId).send(...given);
        },
        async stop(messageId) {
          await held.promise;
          order.push('stop');
          return talk.client.chat(chatId).stop(messageId);
        },
      }),
    };
    const chat = new Chat<AmandaUIMessage>({ id: String(talk.chatId), transport: createChatTransport(slow) });
    const first = chat.sendMessage({ text: 'Hi' });
    await expect.poll(() => textsOf(chat.messages)[1]).toBe('assistant: Hello');
    await chat.stop();
    await first;
    const second = chat.sendMessage({ text: 'And now?' });
    // As long as a question would take.
    await talk.client.trpc.system.health.query();
    expect(order).toEqual(['send']);
    held.resolve();
    await expect.poll(() => textsOf(chat.messages)[3] ?? chat.error).toBe('assistant: Hello');
    expect(order).toEqual(['send', 'stop', 'send']);
    await chat.stop();
    await second;
  });

  it('lets the answer go on when the page shows another chat', async () => {
    const { script } = inTwoParts();
    await using talk = await conversation({ script });
    const other = await talk.client.trpc.chat.create.mutate({});
    const ids = [String(talk.chatId), String(other.id)] as const;
    const { result, rerender } = renderHook(
      ({ id }: { id: string }) => useChat({ id, transport: useChatTransport(talk.client, id) }),
      { initialProps: { id: ids[0] } },
    );
    act(() => void result.current.sendMessage({ text: 'Hi' }));
    await waitFor(() => expect(textsOf(result.current.messages)[1]).toBe('assistant: Hello'));
    rerender({ id: ids[1] });
    // What the old chat's stop() would have asked for is asked before this.
    await talk.client.trpc.chat.rename.mutate({ chatId: other.id, title: 'Elsewhere' });
    expect((await statuses(talk))[1]).toBe('Hello: streaming');
  });

  it('does not send a question again when a stale tab asks for another answer', async () => {
    await using talk = await conversation();
    const tab = async () => {
      const { items } = await talk.client.trpc.message.list.query({ chatId: talk.chatId });
      return new Chat<AmandaUIMessage>({
        id: String(talk.chatId),
        transport: createChatTransport(talk.client),
        messages: toUIMessages(items),
      });
    };
    const stale = await tab();
    await stale.sendMessage({ text: 'First' });
    const loaded = await tab();
    const other = await tab();
    await other.sendMessage({ text: 'Second' });

    for (const chat of [stale, loaded]) {
      await chat.regenerate();
      expect(chat.error).toMatchObject({
        code: 'NOT_POSSIBLE_NOW',
        message: expect.stringContaining('reload'),
      });
    }
    const named = await tab();
    await other.sendMessage({ text: 'Third' });
    await named.regenerate({ messageId: named.messages.at(-1)?.id ?? '' });
    expect(named.error).toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
    const { items } = await talk.client.trpc.message.list.query({ chatId: talk.chatId });
    expect(items.map(({ text, version }) => `${text} ${version.count}`)).toEqual(
      ['First', 'Hello!', 'Second', 'Hello!', 'Third', 'Hello!'].map((text) => `${text} 1`),
    );

    await other.regenerate();
    expect(other.error).toBeUndefined();
    await other.regenerate({ messageId: other.messages.at(-2)?.id ?? '' });
    expect(other.error).toBeUndefined();
    const now = await talk.client.trpc.message.list.query({ chatId: talk.chatId });
    expect(now.items.at(-1)?.version.count).toBe(3);
  });

  it('refuses a message with a file instead of losing the file', async () => {
    await using talk = await conversation();
    const chat = new Chat<AmandaUIMessage>({
      id: String(talk.chatId),
      transport: createChatTransport(talk.client),
    });
    const file = { type: 'file', mediaType: 'text/plain', filename: 'a.txt', url: 'data:,hi' } as const;
    await chat.sendMessage({ text: 'See this', files: [file] });
    expect(chat.error).toMatchObject({ code: 'NO_ATTACHMENTS', message: expect.stringContaining('Files') });
    expect(await statuses(talk)).toEqual([]);
  });

  it('makes the chat at the first send when the page has an id of its own, and goes on with it', async () => {
    const { more, script } = inTwoParts();
    await using talk = await conversation({ script });
    const created: { id: string; chatId: number }[] = [];
    const transport = createChatTransport(talk.client, { onChatCreated: (chat) => created.push(chat) });
    const chat = new Chat<AmandaUIMessage>({ id: '__LOCALID_x1', transport });
    expect(transport.chatIdOf(chat.id)).toBeUndefined();
    expect(await transport.reconnectToStream({ chatId: chat.id })).toBeNull();
    const sending = chat.sendMessage({ text: 'Hi' });
    await expect.poll(() => textsOf(chat.messages)[1]).toBe('assistant: Hello');

    const back = new Chat<AmandaUIMessage>({ id: chat.id, transport });
    const resumed = back.resumeStream();
    await expect.poll(() => textsOf(back.messages)[0]).toBe('assistant: Hello');
    more.resolve();
    await Promise.all([sending, resumed]);
    await chat.sendMessage({ text: 'Again' });
    expect(created).toEqual([{ id: chat.id, chatId: transport.chatIdOf(chat.id) }]);
    const { items } = await talk.client.trpc.chat.list.query({});
    expect(items.map(({ id }) => id)).toEqual([created[0]?.chatId, talk.chatId]);
    expect(textsOf(chat.messages)).toHaveLength(4);
  });

  it('gives chunks that the AI SDK’s own schema takes', async () => {
    const { validate } = asSchema(uiMessageChunkSchema);
    const state = { messageId: 7, text: '', message: null, error: null, problem: null } as const;
    const ends: AnswerState[] = [
      { ...state, status: 'complete', done: true },
      { ...state, text: 'Hello', status: 'stopped', done: true },
      { ...state, text: 'Hello', status: 'interrupted', done: true },
      { ...state, text: 'Hello', status: 'failed', error: 'AI_TIMEOUT', done: true },
    ];
    await using talk = await conversation();
    const { text, messageId, message } = await talk.client.chat(talk.chatId).send('Hi').finished();
    ends.push({ ...state, messageId, text, message, status: 'complete', done: true });
    for (const end of ends) {
      const answer = (async function* () {
        yield { ...state, text: 'Hel'.slice(0, end.text.length), status: 'streaming', done: false } as const;
        yield end;
      })();
      for await (const chunk of chunksOf(answer, (code) => code))
        expect(await validate?.(chunk)).toMatchObject({ success: true });
    }
  });

  it('shows why an answer failed', async () => {
    const failed: AnswerState = {
      messageId: 7,
      text: 'Hel',
      status: 'failed',
      message: null,
      error: 'AI_TIMEOUT',
      problem: null,
      done: true,
    };
    const answer = (async function* () {
      yield failed;
    })();
    const chunks = await Array.fromAsync(chunksOf(answer, (code) => `sorry: ${code}`));
    expect(chunks.map(({ type }) => type)).toEqual([
      'start',
      'text-start',
      'text-delta',
      'text-end',
      'error',
    ]);
    expect(chunks.at(-1)).toEqual({ type: 'error', errorText: 'sorry: AI_TIMEOUT' });
  });
});
