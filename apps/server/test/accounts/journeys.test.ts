import { fallsSilentAfter } from '@amanda/ai-client/scripted';
import { cookieOf, deferred, followAnswer, legacyClient, trpcClient } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

import { accountsServer } from './rest.ts';

const password = 'another horse battery';

/** Everything open that a user may have, and how each of them ends. */
function openSockets(url: string, cookie: string) {
  const closed = deferred<number | undefined>();
  const client = trpcClient({ url, cookie, over: 'ws', onClose: (cause) => closed.resolve(cause?.code) });
  const legacy = legacyClient({ url, cookie, transports: ['websocket'] });
  const [error, disconnected] = [legacy.next('error'), legacy.next('disconnect')];
  return {
    api: client.api,
    async open() {
      await legacy.connected();
      await client.api.user.profile.query();
    },
    async ended() {
      expect(await closed.promise).toBe(4401);
      expect(await error).toEqual({ message: 'Authentication required' });
      await disconnected;
    },
    async [Symbol.asyncDispose]() {
      legacy.close();
      await client.close();
    },
  };
}

describe('the legacy calls of accounts', () => {
  it('lead from sign-up by a mailed token to a confirmed address', async () => {
    await using it = await accountsServer({ requireVerifiedEmail: true });
    const user = await it.server.signUp('ada@example.org');
    await using client = trpcClient({ url: it.server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});
    const send = () => client.api.message.send.mutate({ chatId: chat.id, text: 'Hi' });
    await expect(send()).rejects.toMatchObject({ data: { httpStatus: 403 } });

    const first = await it.mailedToken(user.email);
    expect(await it.call('POST', '/api/auth/verify-email', { token: `${first}x` })).toMatchObject({
      status: 400,
      body: { success: false },
    });
    for (const email of [user.email, 'nobody@example.org']) {
      const again = await it.call('POST', '/api/auth/resend-verification', { email });
      expect(again).toMatchObject({
        status: 200,
        body: { success: true, message: 'If this address needs to be verified, an email has been sent' },
      });
    }
    const second = await it.mailedToken(user.email);
    expect(second).not.toBe(first);
    expect(await it.call('POST', '/api/auth/verify-email', { token: second })).toMatchObject({
      status: 200,
      body: { success: true },
    });
    expect((await it.call('POST', '/api/auth/verify-email', { token: second })).status).toBe(400);
    expect((await send()).chatId).toBe(chat.id);
    expect(await client.api.user.profile.query()).toMatchObject({ emailVerified: true });
  });

  it('lead from a forgotten password to a new one, and end whatever the old one opened', async () => {
    await using it = await accountsServer();
    const user = await it.server.signUp('ada@example.org');
    await it.mailedToken(user.email);
    await using sockets = openSockets(it.server.url, user.cookie);
    await sockets.open();
    const { secret } = await sockets.api.auth.tokens.create.mutate({ name: 'phone' });

    for (const email of [user.email, 'nobody@example.org']) {
      expect(await it.call('POST', '/api/auth/forgot-password', { email })).toMatchObject({
        status: 200,
        body: { success: true, message: 'If an account with this address exists, an email has been sent' },
      });
    }
    const token = await it.mailedToken(user.email);
    const check = () => it.call('POST', '/api/auth/verify-reset-token', { token });
    const reset = (next: string) => it.call('POST', '/api/auth/reset-password', { token, password: next });
    expect(await check()).toMatchObject({ status: 200, body: { success: true, message: 'Token is valid' } });
    expect((await reset('short')).status).toBe(400);
    expect(await reset(password)).toMatchObject({ status: 200, body: { success: true } });
    await sockets.ended();

    expect((await check()).status).toBe(400);
    expect((await reset(password)).status).toBe(400);
    const profile = (headers: Record<string, string>) =>
      it.call('GET', '/api/user/profile', undefined, headers);
    expect((await profile({ cookie: user.cookie })).status).toBe(401);
    expect((await profile({ authorization: `Bearer ${secret}` })).status).toBe(401);
    const logIn = (word: string) => it.call('POST', '/api/auth/login', { email: user.email, password: word });
    expect((await logIn(user.password)).status).toBe(401);
    expect((await logIn(password)).status).toBe(200);
  });

  it('change the profile, and delete the account while an answer is written', async () => {
    await using it = await accountsServer({ script: fallsSilentAfter('Well') });
    const user = await it.server.signUp();
    const { cookie } = user;
    const named = await it.call('PATCH', '/api/user/profile', { display_name: 'Ada' }, { cookie });
    expect(named).toMatchObject({ status: 200, body: { success: true, user: { display_name: 'Ada' } } });

    await using client = trpcClient({ url: it.server.url, cookie });
    const chat = await client.api.chat.create.mutate({});
    const sent = await client.api.message.send.mutate({ chatId: chat.id, text: 'Hi' });
    using answer = followAnswer(client, sent);
    await answer.grows(4);
    await using sockets = openSockets(it.server.url, cookie);
    await sockets.open();
    const wrong = await it.call('DELETE', '/api/user/account', { password: 'wrong' }, { cookie });
    expect(wrong.status).toBe(400);
    const deleted = await it.call('DELETE', '/api/user/account', undefined, { cookie });
    expect(deleted).toMatchObject({ status: 200, body: { success: true } });
    await sockets.ended();
    const { db } = it.server;
    expect(
      await Promise.all([db.prisma.user.count(), db.prisma.message.count(), db.prisma.run.count()]),
    ).toEqual([0, 0, 0]);
    expect((await it.call('GET', '/api/user/profile', undefined, { cookie })).status).toBe(401);
  });
});

describe('devices', () => {
  it('are listed, and ended one by one or all others at once', async () => {
    await using it = await accountsServer();
    const user = await it.server.signUp();
    const logIn = async (): Promise<string> => {
      const response = await fetch(`${it.server.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'phone' },
        body: JSON.stringify({ email: user.email, password: user.password }),
      });
      return cookieOf(response);
    };
    await using mine = trpcClient({ url: it.server.url, cookie: user.cookie });
    await using phone = openSockets(it.server.url, await logIn());
    await phone.open();
    const { items } = await mine.api.auth.sessions.list.query();
    const one = items.find(({ userAgent }) => userAgent === 'phone');
    expect(items.filter(({ current }) => current)).toHaveLength(1);
    expect(items).toHaveLength(2);
    await mine.api.auth.sessions.revoke.mutate({ sessionId: one?.id ?? '' });
    await phone.ended();

    await using tablet = openSockets(it.server.url, await logIn());
    await using desk = openSockets(it.server.url, await logIn());
    await Promise.all([tablet.open(), desk.open()]);
    await mine.api.auth.sessions.revokeOthers.mutate();
    await Promise.all([tablet.ended(), desk.ended()]);
    expect((await mine.api.auth.sessions.list.query()).items).toMatchObject([{ current: true }]);
  });

  it('have one session each: a login ends the one that its browser had', async () => {
    await using it = await accountsServer();
    const user = await it.server.signUp();
    await using before = openSockets(it.server.url, user.cookie);
    await before.open();
    const answer = await it.call(
      'POST',
      '/api/auth/login',
      { email: user.email, password: user.password },
      { cookie: user.cookie },
    );
    expect(answer.status).toBe(200);
    await before.ended();
    expect(await it.server.db.prisma.session.count()).toBe(1);
  });
});
