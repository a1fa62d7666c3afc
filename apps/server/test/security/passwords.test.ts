import { startTestServer, type TestServer } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const post = async (path: string, body: unknown) => {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(path.startsWith('/trpc/') ? { json: body } : body),
  });
  await response.body?.cancel();
  return response.status;
};

describe.each([
  ['tRPC', '/trpc/auth.signUp', '/trpc/auth.logIn', 200],
  ['REST', '/api/auth/signup', '/api/auth/login', 201],
])('a password over %s', (name, signUp, logIn, made) => {
  it('counts exactly as it was typed, to its last character', async () => {
    const email = `exact-${name}@example.org`;
    const password = `  Ein Päßwort ${'x'.repeat(900)} mit Ende  `;
    expect(await post(signUp, { email, password })).toBe(made);
    expect(await post(logIn, { email, password })).toBe(200);
    const others = [
      password.trim(),
      password.toLowerCase(),
      password.slice(0, -1),
      password.normalize('NFD'),
      `${password} `,
    ];
    for (const other of others)
      expect([other, await post(logIn, { email, password: other })]).toEqual([other, 401]);
  });
});

it('the most common passwords are refused on tRPC, and accepted by the legacy sign-up as its contract says', async () => {
  const password = 'password123';
  expect(await post('/trpc/auth.signUp', { email: 'common@example.org', password })).toBe(400);
  expect(await post('/api/auth/signup', { email: 'common@example.org', password })).toBe(201);
});
