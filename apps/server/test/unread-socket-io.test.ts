import { says } from '@amanda/ai-client/scripted';
import { createAmandaClient } from '@amanda/client';
import { defaultHostConfig } from '@amanda/host';
import { startTestServer } from '@amanda/testing';
import { expect, it, onTestFinished } from 'vitest';

import { joined, polling } from './security/engine-io.ts';
import { httpClient } from './security/http-client.ts';

it('what clients of Socket.IO leave unread counts with all else of their user, and only of theirs', async () => {
  const unread = { ...defaultHostConfig.unread, unreadBytes: 20_000, answerBytes: 1_000 };
  const http = { ...defaultHostConfig.http, roomMs: 1 };
  await using server = await startTestServer({ script: says('a'.repeat(50_000)), config: { unread, http } });
  const [user, other] = [await server.signUp(), await server.signUp()];
  const client = createAmandaClient({ url: server.url, headers: { cookie: user.cookie }, transport: 'sse' });
  onTestFinished(() => client.close());
  const { id } = await client.trpc.chat.create.mutate({});
  await client.chat(id).send('Hello').finished();
  const profile = async ({ cookie }: { cookie: string }) =>
    (await fetch(`${server.url}/trpc/user.profile`, { headers: { cookie } })).status;
  const resume = `42["resume_message",{"chat_id":${id}}]`;

  using asleepHttp = httpClient(server.port);
  const asleep = await polling(asleepHttp, user.cookie);
  await asleep.send('40');
  await asleep.poll();
  await asleep.send(resume);
  while ((await profile(user)) === 200) await new Promise(setImmediate);
  expect(await profile(user)).toBe(429);
  using reader = await joined(server.url, user.cookie);
  reader.send(resume);
  for (let round = 0; round < 30; round += 1) expect(await profile(other)).toBe(200);
  expect(reader.received.filter((packet) => packet.includes('message_'))).toEqual([]);
  while (!(await asleep.poll()).text.includes('message_complete'));
  expect(await reader.first('42["message_complete"')).toContain('aaa');
  expect(await profile(user)).toBe(200);
});
