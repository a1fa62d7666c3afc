import { AmandaError } from '@amanda/core';
import { startTestServer } from '@amanda/testing';
import { expect, it, vi } from 'vitest';

import { type Answer, httpClient } from './http-client.ts';

const full = () => new AmandaError('HASH_QUEUE_FULL', { details: { retryAfterSeconds: 1 } });

/** What a client goes by; the id of the request is another one each time. */
const seen = ({ headers, status, text }: Answer) => ({
  status,
  retryAfter: headers['retry-after'],
  type: headers['content-type']?.toString().split(';')[0],
  body: text.replace(/"requestId":"[^"]*"/, ''),
});

it.each(['/trpc/auth.logIn', '/api/auth/login'])(
  'a log-in by %s that finds no room to hash is refused before its body is read, as it would be after it',
  async (path) => {
    await using server = await startTestServer();
    using http = httpClient(server.port);
    const { accounts } = server.core;
    const logIn = vi.spyOn(accounts, 'logIn').mockRejectedValue(full());
    const input = { email: 'a@example.org', password: 'not the right one' };
    const late = await http.post(path, JSON.stringify(path.startsWith('/trpc') ? { json: input } : input));
    expect(logIn).toHaveBeenCalledOnce();

    vi.spyOn(accounts, 'assertRoomToLogIn').mockImplementation(() => {
      throw full();
    });
    const headers = { 'content-type': 'application/json', 'content-length': '100' };
    const early = await http.ask(path, { method: 'POST', headers });
    expect(seen(early)).toEqual(seen(late));
    expect(early).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(logIn).toHaveBeenCalledOnce();
  },
);
