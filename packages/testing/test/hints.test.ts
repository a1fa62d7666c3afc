import { expect, it } from 'vitest';
import { startTestServer } from '../src/index.ts';

const json = 'application/json';
const ticks = Array.from({ length: 51 }, () => 'system.health').join(',');

it.each([
  ['a query by POST', 'chat.list', { method: 'POST', body: '{"json":{}}' }, 'METHOD_NOT_ALLOWED', 'GET'],
  ['a mutation by GET', 'chat.create', {}, 'METHOD_NOT_ALLOWED', 'POST'],
  ['too large a batch', `${ticks}?batch=1&input=%7B%7D`, {}, 'INVALID_INPUT', 'maxItems'],
  [
    'no envelope',
    'message.send',
    { method: 'POST', body: '{"chatId":1,"text":"Hi"}' },
    'INVALID_INPUT',
    '{"json": …}',
  ],
  ['no envelope in a query', 'chat.list?input=%7B%22limit%22%3A3%7D', {}, 'INVALID_INPUT', '{"json": …}'],
] as const)('says what to change when it refuses %s', async (_name, path, init, code, hint) => {
  await using server = await startTestServer();
  const { cookie } = await server.signUp();
  const answer = await fetch(`${server.url}/trpc/${path}`, {
    ...init,
    headers: { cookie, 'content-type': json },
  });
  const body: unknown = await answer.json();
  const error = Array.isArray(body) ? body[0] : body;
  expect(error).toMatchObject({
    error: { json: { data: { amanda: { code, details: { hint: expect.stringContaining(hint) } } } } },
  });
});
