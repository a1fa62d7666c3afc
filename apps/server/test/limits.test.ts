import { legacyClient, startTestServer, trpcClient } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

const account = { email: 'ada@example.org', password: 'a wrong password' };

/** Asks again and again until it is refused for coming too often. */
async function untilRefused(ask: () => Promise<Response>, most = 150): Promise<Response> {
  for (let asked = 0; asked < most; asked += 1) {
    const response = await ask();
    if (response.status === 429) return response;
    await response.body?.cancel();
  }
  throw new Error(`not refused in ${most} calls`);
}

const post = (url: string, body: unknown, cookie = '') =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify(body),
  });

const isWait = expect.stringMatching(/^[1-9]\d{0,3}$/);

describe('a server with its limits on', () => {
  it('tells who guesses passwords over tRPC when to come back, in the header too', async () => {
    await using server = await startTestServer({ limits: true });
    const refused = await untilRefused(() => post(`${server.url}/trpc/auth.logIn`, { json: account }));
    expect(refused.headers.get('retry-after')).toEqual(isWait);
    expect(await refused.json()).toMatchObject({
      error: {
        json: {
          data: {
            code: 'TOO_MANY_REQUESTS',
            amanda: {
              code: 'RATE_LIMITED',
              retry: true,
              details: { retryAfterSeconds: Number(refused.headers.get('retry-after')) },
            },
          },
        },
      },
    });
  });

  it('names the longest wait of a batch', async () => {
    await using server = await startTestServer({ limits: true });
    await untilRefused(() => post(`${server.url}/trpc/auth.logIn`, { json: account }));
    const calls = { 0: { json: {} }, 1: { json: account } };
    const batch = await post(`${server.url}/trpc/auth.logOut,auth.logIn?batch=1`, calls);
    expect([batch.status, batch.headers.get('retry-after')]).toEqual([207, isWait]);
  });

  it('counts REST with tRPC, and answers in the documented shape', async () => {
    await using server = await startTestServer({ limits: true });
    await untilRefused(() => post(`${server.url}/trpc/auth.logIn`, { json: account }));
    const refused = await post(`${server.url}/api/auth/login`, account);
    const seconds = Number(refused.headers.get('retry-after'));
    expect([refused.status, await refused.json()]).toEqual([
      429,
      {
        error: 'rate_limited',
        message: 'Too many requests. Please try again later.',
        retry_after_seconds: seconds,
        success: false,
      },
    ]);
    expect(seconds).toBeGreaterThan(0);
  });

  it('counts messages of a user over tRPC and Socket.IO together', async () => {
    await using server = await startTestServer({ limits: true });
    const user = await server.signUp();
    await using client = trpcClient({ url: server.url, cookie: user.cookie });
    const chats = await Promise.all([1, 2].map(() => client.api.chat.create.mutate({})));
    const [one = { id: 0 }, other = { id: 0 }] = chats;
    using legacy = legacyClient({ url: server.url, cookie: user.cookie, transports: ['websocket'] });
    await legacy.connected();
    // Refused messages count: the limit stands before everything that can refuse one.
    const sends = Array.from({ length: 40 }, () =>
      client.api.message.send.mutate({ chatId: one.id, text: 'Hi' }).catch((error: unknown) => error),
    );
    expect(await Promise.all(sends)).toContainEqual(
      expect.objectContaining({
        data: expect.objectContaining({ amanda: expect.objectContaining({ code: 'RATE_LIMITED' }) }),
      }),
    );
    const error = legacy.next('error');
    legacy.socket.emit('send_message', { chat_id: other.id, message: 'Hi' });
    expect(await error).toEqual({
      message: 'Too many messages. Please slow down.',
      retry_after_seconds: expect.any(Number),
    });
  });
});
