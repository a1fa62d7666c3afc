import { fallsSilentAfter, says } from '@amanda/ai-client/scripted';
import { followAnswer, startTestServer, trpcClient } from '@amanda/testing';
import { expect, it } from 'vitest';

import { httpClient } from './http-client.ts';
import { errorOf } from './typed-error.ts';

it('one e-mail signed up 50 times at once is one account', async () => {
  await using server = await startTestServer();
  using http = httpClient(server.port, { connections: 50 });
  const input = JSON.stringify({ json: { email: 'a@example.org', password: 'correct horse battery' } });
  const answers = await Promise.all(Array.from({ length: 50 }, () => http.post('/trpc/auth.signUp', input)));
  const codes = answers.map((answer) => errorOf(answer)?.code ?? 'made');
  expect(codes.filter((code) => code === 'made')).toHaveLength(1);
  expect(codes.filter((code) => !['made', 'EMAIL_TAKEN', 'HASH_QUEUE_FULL'].includes(code))).toEqual([]);
});

it('a hundred sends at once into one chat are one turn and 99 conflicts', async () => {
  await using server = await startTestServer({ script: fallsSilentAfter('a') });
  const user = await server.signUp();
  await using client = trpcClient({ url: server.url, cookie: user.cookie });
  const { id: chatId } = await client.api.chat.create.mutate({});
  using http = httpClient(server.port, { connections: 50 });
  const input = JSON.stringify({ json: { chatId, text: 'Hi' } });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => http.post('/trpc/message.send', input, { cookie: user.cookie })),
  );
  const codes = answers.map((answer) => errorOf(answer)?.code ?? 'sent');
  expect(codes.filter((code) => code === 'RUN_ACTIVE')).toHaveLength(99);
  expect((await client.api.message.list.query({ chatId })).items).toHaveLength(2);
});

it('a chat deleted while it streams ends the stream without a message', async () => {
  await using server = await startTestServer({ script: fallsSilentAfter('a') });
  const user = await server.signUp();
  await using client = trpcClient({ url: server.url, cookie: user.cookie });
  const { id: chatId } = await client.api.chat.create.mutate({});
  const sent = await client.api.message.send.mutate({ chatId, text: 'Hi' });
  using answer = followAnswer(client, sent);
  await answer.grows(1);
  await client.api.chat.delete.mutate({ chatId });
  expect((await answer.ended).message).toBeUndefined();
});

it('two tabs that stop and regenerate leave one answer on the path', async () => {
  await using server = await startTestServer({ script: says('Hello!') });
  const user = await server.signUp();
  await using one = trpcClient({ url: server.url, cookie: user.cookie });
  await using two = trpcClient({ url: server.url, cookie: user.cookie });
  const { id: chatId } = await one.api.chat.create.mutate({});
  const { messageId } = await one.api.message.send.mutate({ chatId, text: 'Hi' });
  const acts = [one, two].flatMap(({ api }) => [
    api.message.stop.mutate({ messageId }),
    api.message.regenerate.mutate({ messageId }),
  ]);
  await Promise.allSettled(acts);
  expect((await one.api.message.list.query({ chatId })).items).toHaveLength(2);
});
