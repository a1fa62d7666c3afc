import { Chat, useChat } from '@ai-sdk/react';
import { deferred } from '@amanda/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { chunksOf } from '../src/ai-sdk/chunks.ts';
import { type AmandaUIMessage, createChatTransport, toUIMessages } from '../src/ai-sdk/index.ts';
import type { AnswerState } from '../src/index.ts';
import { act, cleanup, renderHook, waitFor } from './browser.ts';
import { conversation } from './connected.ts';

afterEach(cleanup);

const textsOf = (messages: AmandaUIMessage[]) =>
  messages.map(
    ({ parts, role }) => `${role}: ${parts.map((part) => ('text' in part ? part.text : '')).join('')}`,
  );

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
    const transport = createChatTransport(talk.client);
    const id = String(talk.chatId);
    const left = renderHook(() => useChat({ id, transport }));
    act(() => void left.result.current.sendMessage({ text: 'Hi' }));
    await waitFor(() => expect(textsOf(left.result.current.messages)[1]).toBe('assistant: Hello'));
    left.unmount();

    const { items } = await talk.client.trpc.message.list.query({ chatId: talk.chatId });
    expect(items.map(({ status }) => status)).toEqual(['complete', 'streaming']);
    const messages = toUIMessages(items);
    const { result } = renderHook(() => useChat({ id, messages, transport, resume: true }));
    more.resolve();
    await waitFor(() =>
      expect(textsOf(result.current.messages)).toEqual(['user: Hi', 'assistant: Hello, Amanda!']),
    );
    await waitFor(() => expect(result.current.status).toBe('ready'));
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
