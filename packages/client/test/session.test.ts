import { deferred } from '@amanda/testing';
import { describe, expect, it, vi } from 'vitest';
import { createAmandaClient, type KeyValueStore } from '../src/index.ts';
import { clientOf, conversation, socketWith } from './connected.ts';

/** An answer that waits in the middle. */
function halfway() {
  const more = deferred();
  const script = async function* () {
    yield 'Hello';
    await more.promise;
    yield ', Amanda!';
  };
  return { more, script };
}

function memoryStorage(): KeyValueStore & { readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

describe('a session', () => {
  it('may be a bearer token', async () => {
    await using talk = await conversation();
    const { secret } = await talk.client.trpc.auth.tokens.create.mutate({ name: 'script' });
    for (const transport of ['websocket', 'sse'] as const) {
      using client = createAmandaClient({ url: talk.server.url, token: () => secret, transport });
      const { id } = await client.trpc.chat.create.mutate({});
      expect((await client.chat(id).send('Hi').finished()).text).toBe('Hello!');
    }
  });

  it.each(['websocket', 'sse'] as const)(
    'that a wrong token does not open is not tried for ever over %s',
    async (transport) => {
      await using talk = await conversation();
      using client = createAmandaClient({ url: talk.server.url, token: 'wrong', transport });
      await expect(client.watch().next()).rejects.toMatchObject({ retry: false });
      expect(client.connection.getSnapshot().status).toBe('signedOut');
    },
  );

  it('that ends on another device signs this one out, and forgets what was kept', async () => {
    const { script } = halfway();
    const store = memoryStorage();
    await using talk = await conversation({ script, client: { store } });
    const growing = talk.chat.send('Hi').states();
    for await (const { text } of growing) if (text === 'Hello') break;
    const feed = talk.client.watch();
    await feed.next();

    const { items } = await talk.client.trpc.auth.sessions.list.query();
    const [session] = items;
    await talk.client.trpc.auth.sessions.revoke.mutate({ sessionId: session?.id ?? '' });
    await expect(feed.next()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(talk.client.connection.getSnapshot().status).toBe('signedOut');
    expect(store.items.size).toBe(0);
    await expect(talk.client.trpc.chat.list.query({})).rejects.toThrow(/log in|required/);
  });

  it('that begins later is used by the next subscription', async () => {
    await using talk = await conversation();
    const cookies = { cookie: '' };
    using client = createAmandaClient({
      url: talk.server.url,
      environment: {
        WebSocket: socketWith(cookies),
        // As a browser: keeps the cookie that an answer sets.
        async fetch(input, init) {
          const response = await fetch(input, {
            ...init,
            headers: [...new Headers(init?.headers), ['cookie', cookies.cookie]],
          });
          const [cookie] = response.headers.getSetCookie();
          if (cookie !== undefined) cookies.cookie = cookie.split(';')[0] ?? '';
          return response;
        },
      },
    });
    await expect(client.watch().next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(client.connection.getSnapshot().status).toBe('signedOut');

    await client.trpc.auth.logIn.mutate({ email: talk.user.email, password: talk.user.password });
    expect(client.connection.getSnapshot().status).toBe('idle');
    expect((await client.watch().next()).value).toMatchObject({ event: { type: 'ready' } });
  });
});

describe('a reload of the page', () => {
  it('goes on with the answer from where it was, without asking for its beginning again', async () => {
    const { more, script } = halfway();
    const store = memoryStorage();
    await using talk = await conversation({ script, client: { store } });
    const turn = talk.chat.send('Hi');
    const { messageId } = await turn.started;
    for await (const { text } of turn) if (text === 'Hello') break;
    talk.client.close();
    expect(store.items.get('amanda.answers')).toContain('"text":"Hello"');

    using reloaded = clientOf(talk.server.url, talk.user, { store });
    const stream = vi.spyOn(talk.server.core.runs, 'follow');
    const states = reloaded.answer(messageId).states();
    const texts: string[] = [];
    for await (const { text } of states) {
      texts.push(text);
      more.resolve();
    }
    expect(texts[0]).toBe('');
    expect(texts[1]).toBe('Hello');
    expect(texts.at(-1)).toBe('Hello, Amanda!');
    expect(stream).toHaveBeenCalledWith(
      talk.user.id,
      { messageId, from: expect.stringMatching(/^\d+:5$/) },
      expect.anything(),
    );
    reloaded.close();
    expect(store.items.size).toBe(0);
  });
});

describe('the contract', () => {
  it('is exchanged once; a newer one asks for an update', async () => {
    await using talk = await conversation();
    const asked: string[] = [];
    using client = clientOf(talk.server.url, talk.user, {
      environment: {
        async fetch(input, init) {
          const response = await fetch(input, init);
          if (!response.url.includes('system.info')) return response;
          asked.push(response.url);
          const text = await response.text();
          return new Response(text.replace('"contract":1', '"contract":2'), response);
        },
      },
    });
    const feed = client.watch();
    await expect(feed.next().then(() => feed.next())).rejects.toMatchObject({ code: 'CLIENT_OUTDATED' });
    expect(client.connection.getSnapshot().status).toBe('outdated');
    await expect(client.chat(talk.chatId).send('Hi').started).rejects.toThrow(/update/);
    expect(asked).toHaveLength(1);
  });
});

describe('a network that blocks WebSockets', () => {
  it('is served by server-sent events', async () => {
    await using talk = await conversation();
    using client = clientOf(talk.server.url, talk.user, {
      environment: {
        WebSocket: socketWith({ host: 'blocked.example.org', origin: 'https://evil.example.org' }),
      },
    });
    expect((await client.chat(talk.chatId).send('Hi').finished()).text).toBe('Hello!');
    expect(client.connection.getSnapshot().transport).toBe('sse');
  });
});

describe('the change feed', () => {
  it('goes on from a place, and misses nothing', async () => {
    await using talk = await conversation();
    const first = talk.client.watch();
    const ready = (await first.next()).value;
    await first.return();
    const { id } = await talk.client.trpc.chat.create.mutate({});

    const feed = talk.client.watch({ lastEventId: ready?.id ?? '' });
    expect((await feed.next()).value).toMatchObject({
      event: { type: 'change', change: { type: 'chat.created', chatId: id } },
    });
    await feed.return();
  });

  it('ends with its signal, also while nothing happens', async () => {
    await using talk = await conversation();
    const leave = new AbortController();
    const feed = talk.client.watch({ signal: leave.signal });
    await feed.next();
    const next = feed.next();
    leave.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    await expect.poll(() => talk.client.connection.getSnapshot().status).toBe('idle');
  });
});

describe('stop', () => {
  it('ends the answer on the server, twice if need be, and everybody sees it', async () => {
    const { script } = halfway();
    await using talk = await conversation({ script });
    const turn = talk.chat.send('Hi');
    const { messageId } = await turn.started;
    using other = clientOf(talk.server.url, talk.user);
    const seen = other.answer(messageId).finished();
    for await (const { text } of turn) if (text === 'Hello') break;
    expect(await turn.stop()).toMatchObject({ status: 'stopped', text: 'Hello' });
    expect(await turn.stop()).toMatchObject({ status: 'stopped' });
    expect(await seen).toMatchObject({ status: 'stopped', text: 'Hello' });

    const going = talk.chat.continue(messageId);
    expect((await going.started).messageId).toBe(messageId);
    // This AI backend writes another version instead; whoever follows this one is told that it has ended.
    expect(await going.finished()).toMatchObject({ done: true, text: 'Hello' });
  });
});
