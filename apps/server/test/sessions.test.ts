import { fallsSilentAfter } from '@amanda/ai-client/scripted';
import { deferred, followAnswer, legacyClient, startTestServer, trpcClient } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

describe('a session that ends', () => {
  it('takes its sockets along, with the reason, while the answer goes on', async () => {
    await using server = await startTestServer({ script: fallsSilentAfter('Well') });
    const user = await server.signUp();
    const closed = deferred<number | undefined>();
    await using client = trpcClient({
      url: server.url,
      cookie: user.cookie,
      onClose: (cause) => closed.resolve(cause?.code),
    });
    const chat = await client.api.chat.create.mutate({});
    const sent = await client.api.message.send.mutate({ chatId: chat.id, text: 'Hi' });
    using answer = followAnswer(client, sent);
    await answer.grows(4);
    using legacy = legacyClient({ url: server.url, cookie: user.cookie, transports: ['websocket'] });
    await legacy.connected();
    const [error, disconnected] = [legacy.next('error'), legacy.next('disconnect')];

    const out = await fetch(`${server.url}/api/auth/logout`, {
      method: 'POST',
      headers: { cookie: user.cookie },
    });

    expect(out.status).toBe(200);
    expect(await closed.promise).toBe(4401);
    expect(await error).toEqual({ message: 'Authentication required' });
    await disconnected;
    const { items } = await server.core.messages.list(user.id, chat.id, { limit: 10, direction: 'backward' });
    expect(items.at(-1)?.status).toBe('streaming');
  });

  it('cannot be opened again with its cookie', async () => {
    await using server = await startTestServer();
    const user = await server.signUp();
    const check = async () => {
      const response = await fetch(`${server.url}/api/auth/check`, { headers: { cookie: user.cookie } });
      return response.json();
    };
    expect(await check()).toMatchObject({ authenticated: true });
    await fetch(`${server.url}/api/auth/logout`, { method: 'POST', headers: { cookie: user.cookie } });
    expect(await check()).toEqual({ authenticated: false });
    using legacy = legacyClient({ url: server.url, cookie: user.cookie });
    await expect(legacy.connected()).rejects.toThrow('Authentication required');
  });
});

describe('a bearer token', () => {
  it('opens HTTP, WebSockets and Socket.IO, until it is revoked', async () => {
    await using server = await startTestServer();
    const user = await server.signUp();
    await using owner = trpcClient({ url: server.url, cookie: user.cookie });
    const { token, secret } = await owner.api.auth.tokens.create.mutate({ name: 'phone' });
    const closed = deferred<number | undefined>();
    await using phone = trpcClient({ url: server.url, token: secret });
    await using socketOnly = trpcClient({
      url: server.url,
      token: secret,
      over: 'ws',
      onClose: (cause) => closed.resolve(cause?.code),
    });
    expect((await phone.api.user.profile.query()).id).toBe(user.id);
    expect((await socketOnly.api.user.profile.query()).id).toBe(user.id);

    await owner.api.auth.tokens.revoke.mutate({ tokenId: token.id });
    expect(await closed.promise).toBe(4401);
    await expect(phone.api.user.profile.query()).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } });
  });

  it('is revoked by logging out with it, and takes nobody else along', async () => {
    await using server = await startTestServer();
    const user = await server.signUp();
    await using owner = trpcClient({ url: server.url, cookie: user.cookie });
    const { secret } = await owner.api.auth.tokens.create.mutate({ name: 'phone' });
    await using phone = trpcClient({ url: server.url, token: secret });

    await phone.api.auth.logOut.mutate();

    await expect(phone.api.user.profile.query()).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } });
    expect(await owner.api.auth.tokens.list.query()).toEqual({ items: [] });
    expect((await owner.api.user.profile.query()).id).toBe(user.id);
  });
});
