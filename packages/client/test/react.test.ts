import { deferred } from '@amanda/testing';
import { useQuery } from '@tanstack/react-query';
import { createElement, type ReactNode } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { type AmandaClient, AmandaError } from '../src/index.ts';
import {
  AmandaProvider,
  createQueryClient,
  useAnswer,
  useChats,
  useConnection,
  useContinue,
  useEdit,
  useMessages,
  useRegenerate,
  useSend,
  useStop,
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

  it('page upward through what was said, and keep what was loaded when more is said', async () => {
    await using talk = await conversation();
    for (const text of ['one', 'two', 'three']) await talk.chat.send(text).finished();
    const { result } = renderHook(
      () => ({ list: useMessages(talk.chatId, { limit: 2 }), send: useSend(talk.chatId) }),
      { wrapper: page(talk.client) },
    );
    const questions = () =>
      result.current.list.messages.filter(({ role }) => role === 'user').map(({ text }) => text);
    await waitFor(() => expect(questions()).toEqual(['three']));
    expect(result.current.list.hasNextPage).toBe(true);

    await act(() => result.current.list.fetchNextPage());
    await waitFor(() => expect(questions()).toEqual(['two', 'three']));
    await talk.chat.send('four').finished();
    await waitFor(() => expect(questions().slice(-3)).toEqual(['two', 'three', 'four']));
  });

  it('stop, write anew, go on and edit, and show the versions', async () => {
    const { promise: never } = deferred();
    await using talk = await conversation({
      async *script(request) {
        yield `about ${request.message}`;
        if (request.message === 'one') await never;
      },
    });
    const { result } = renderHook(
      () => ({
        list: useMessages(talk.chatId).messages,
        send: useSend(talk.chatId),
        stop: useStop(talk.chatId),
        regenerate: useRegenerate(talk.chatId),
        edit: useEdit(talk.chatId),
        resume: useContinue(talk.chatId),
      }),
      { wrapper: page(talk.client) },
    );
    const statuses = () =>
      result.current.list.map(({ status, version }) => `${status} ${version.index}/${version.count}`);
    const { questionId, messageId } = await act(() => result.current.send.mutateAsync({ text: 'one' }));
    await waitFor(() => expect(result.current.list.at(-1)?.text).toBe('about one'));
    await act(() => result.current.stop.mutateAsync({ messageId }));
    await waitFor(() => expect(statuses()).toEqual(['complete 1/1', 'stopped 1/1']));

    await act(() => result.current.regenerate.mutateAsync({ messageId }));
    await waitFor(() => expect(statuses()).toEqual(['complete 1/1', 'streaming 2/2']));
    const running = () => ({ messageId: result.current.list.at(-1)?.id ?? 0 });
    await act(() => result.current.stop.mutateAsync(running()));
    await waitFor(() => expect(statuses()).toEqual(['complete 1/1', 'stopped 2/2']));

    // This AI backend cannot go on with a text, so what it writes is one more version.
    await act(() => result.current.resume.mutateAsync(running()));
    await waitFor(() => expect(statuses()).toEqual(['complete 1/1', 'streaming 3/3']));
    await act(() => result.current.stop.mutateAsync(running()));
    await act(() => result.current.edit.mutateAsync({ messageId: questionId, text: 'two' }));
    await waitFor(() => expect(statuses()).toEqual(['complete 2/2', 'complete 1/1']));
    expect(result.current.list.map(({ text }) => text)).toEqual(['two', 'about two']);
  });

  it('forget what they showed when the session ends', async () => {
    await using talk = await conversation();
    const queryClient = createQueryClient();
    const { result } = renderHook(() => ({ chats: useChats().chats, status: useConnection().status }), {
      wrapper: ({ children }) =>
        createElement(AmandaProvider, { client: talk.client, queryClient, children }),
    });
    await waitFor(() => expect(result.current.chats).toHaveLength(1));
    await waitFor(() => expect(result.current.status).toBe('open'));
    await act(() => talk.client.trpc.auth.logOut.mutate());
    await waitFor(() => expect(result.current.status).toBe('signedOut'));
    await waitFor(() => expect(queryClient.getQueryCache().findAll({ type: 'inactive' })).toEqual([]));
    expect(JSON.stringify(queryClient.getQueriesData({}))).not.toContain('lastMessageAt');
  });
});

describe('the cache for the hooks', () => {
  it('waits out a lost link with a bound, and never asks again what was refused', () => {
    const { retry } = createQueryClient().getDefaultOptions().queries ?? {};
    if (typeof retry !== 'function') throw new Error('it has a rule of its own');
    expect(retry(0, new AmandaError('LINK_LOST', ''))).toBe(true);
    expect(retry(12, new AmandaError('LINK_LOST', ''))).toBe(false);
    for (const code of ['INVALID_INPUT', 'PAYLOAD_TOO_LARGE', 'NOT_FOUND', 'UNREADABLE'] as const)
      expect(retry(0, new AmandaError(code, ''))).toBe(false);
  });

  it('asks again, once the link is back, for what had failed for want of it', async () => {
    await using talk = await conversation();
    let isAway = true;
    const queryClient = createQueryClient();
    const wrapper = ({ children }: { children: ReactNode }) =>
      createElement(AmandaProvider, { client: talk.client, queryClient, signedIn: !isAway, children });
    const ask = async () => {
      if (isAway) throw new AmandaError('LINK_LOST', 'away');
      return 'there';
    };
    const { result, rerender } = renderHook(
      () => useQuery({ queryKey: ['it'], queryFn: ask, retry: false }),
      { wrapper },
    );
    await waitFor(() => expect(result.current.status).toBe('error'));
    isAway = false;
    rerender();
    await waitFor(() => expect(result.current.data).toBe('there'));
  });
});
