import { deferred, legacyClient, trpcClient } from '@amanda/testing';
import { io } from 'socket.io-client-4.5';
import { describe, expect, it } from 'vitest';

import { accountsServer } from './rest.ts';

describe('limits', () => {
  it('count each login of a batch, and say on tRPC and REST when to come back', async () => {
    await using it = await accountsServer({ limits: true });
    const input = { json: { email: 'ada@example.org', password: 'wrong password' } };
    const logInTenTimes = async () => {
      const batch = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index, input]));
      const paths = Array.from({ length: 10 }, () => 'auth.logIn').join(',');
      const { headers, body } = await it.call('POST', `/trpc/${paths}?batch=1`, batch);
      const errors: { error: { json: { data: { code: string } } } }[] = Array.isArray(body) ? body : [];
      const codes = new Set(errors.map(({ error }) => error.json.data.code));
      return { count: errors.length, codes: [...codes], wait: Number(headers.get('retry-after')) };
    };
    // Twenty in a quarter of an hour is what one account is allowed.
    expect(await logInTenTimes()).toEqual({ count: 10, codes: ['UNAUTHORIZED'], wait: 0 });
    expect(await logInTenTimes()).toEqual({ count: 10, codes: ['UNAUTHORIZED'], wait: 0 });
    const third = await logInTenTimes();
    expect(third).toMatchObject({ count: 10, codes: ['TOO_MANY_REQUESTS'] });
    expect(third.wait).toBeGreaterThan(0);

    const single = await it.call('POST', '/trpc/auth.logIn', input);
    expect(single.status).toBe(429);
    expect(Number(single.headers.get('retry-after'))).toBeGreaterThan(0);
    const rest = await it.call('POST', '/api/auth/login', input.json);
    expect(rest).toMatchObject({
      status: 429,
      body: {
        success: false,
        error: 'rate_limited',
        message: 'Too many requests. Please try again later.',
        retry_after_seconds: expect.any(Number),
      },
    });
    expect(Number(rest.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('tell Socket.IO clients too', async () => {
    await using it = await accountsServer({ limits: true });
    const user = await it.server.signUp();
    for (;;) {
      const taken = await it.server.core.limits.take('message', { userId: user.id }).then(
        () => true,
        () => false,
      );
      if (!taken) break;
    }
    await using client = trpcClient({ url: it.server.url, cookie: user.cookie });
    const chat = await client.api.chat.create.mutate({});
    using legacy = legacyClient({ url: it.server.url, cookie: user.cookie });
    await legacy.connected();
    const error = legacy.next('error');
    legacy.socket.emit('send_message', { chat_id: chat.id, message: 'Hi' });
    expect(await error).toMatchObject({
      message: 'Too many messages. Please slow down.',
      retry_after_seconds: expect.any(Number),
    });
  });
});

describe('a bearer token', () => {
  it('opens REST and Socket.IO, until it is revoked', async () => {
    await using it = await accountsServer();
    const user = await it.server.signUp();
    const { token, secret } = await it.server.core.tokens.create(user.id, { name: 'phone' });
    const profile = () =>
      it.call('GET', '/api/user/profile', undefined, { authorization: `Bearer ${secret}` });
    expect(await profile()).toMatchObject({ status: 200, body: { id: user.id } });
    const socket = io(it.server.url, { auth: { token: secret }, reconnection: false, forceNew: true });
    const [connected, ended] = [deferred(), deferred<unknown>()];
    socket.once('connect', () => connected.resolve());
    socket.once('connect_error', (error) => connected.reject(error));
    socket.once('error', (error) => ended.resolve(error));
    await connected.promise;
    await it.server.core.tokens.revoke(user.id, token.id);
    expect(await ended.promise).toEqual({ message: 'Authentication required' });
    socket.close();
    expect((await profile()).status).toBe(401);
  });
});
