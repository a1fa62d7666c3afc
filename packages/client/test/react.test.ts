import { deferred } from '@amanda/testing';
import { createElement, type ReactNode } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { AmandaClient } from '../src/index.ts';
import {
  AmandaProvider,
  createQueryClient,
  useAnswer,
  useChats,
  useConnection,
  useMessages,
  useSend,
} from '../src/react/index.ts';
import { act, cleanup, renderHook, waitFor } from './browser.ts';
import { clientOf, conversation } from './connected.ts';

afterEach(cleanup);

/** A page of one client. */
function page(client: AmandaClient) {
  const queryClient = createQueryClient();
  return ({ children }: { children: ReactNode }) =>
    createElement(AmandaProvider, { client, queryClient, children });
}

describe('the hooks', () => {
  it('show a question and its answer as it grows, without a reload', async () => {
    const more = deferred();
    await using talk = await conversation({
      async *script() {
        yield 'Hello';
        await more.promise;
        yield ', Amanda!';
      },
    });
    const { result } = renderHook(
      () => {
        const { messages } = useMessages(talk.chatId);
        const last = messages.at(-1);
        const answer = useAnswer(last ?? { id: 1, text: '', status: 'complete', eventId: null });
        return { answer, messages, send: useSend(talk.chatId), connection: useConnection() };
      },
      { wrapper: page(talk.client) },
    );

    await act(() => result.current.send.mutateAsync({ text: 'Hi' }));
    await waitFor(() => expect(result.current.answer.text).toBe('Hello'));
    expect(result.current.connection.status).toBe('open');
    more.resolve();
    await waitFor(() =>
      expect(result.current.answer).toMatchObject({ text: 'Hello, Amanda!', status: 'complete' }),
    );
    await waitFor(() =>
      expect(result.current.messages.map(({ status, text }) => `${status} ${text}`)).toEqual([
        'complete Hi',
        'complete Hello, Amanda!',
      ]),
    );
  });

  it('show what another device does', async () => {
    await using talk = await conversation();
    using phone = clientOf(talk.server.url, talk.user);
    const { result } = renderHook(() => useChats().chats.map(({ title }) => title), {
      wrapper: page(talk.client),
    });
    await waitFor(() => expect(result.current).toHaveLength(1));
    await waitFor(() => expect(talk.client.connection.getSnapshot().status).toBe('open'));

    const { id } = await phone.trpc.chat.create.mutate({});
    await phone.trpc.chat.rename.mutate({ chatId: id, title: 'From the phone' });
    await waitFor(() => expect(result.current[0]).toBe('From the phone'));
    await phone.trpc.chat.delete.mutate({ chatId: id });
    await waitFor(() => expect(result.current).toHaveLength(1));
  });
});
