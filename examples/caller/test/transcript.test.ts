import { type Caller, createCaller } from '@amanda/api';
import { silentLog } from '@amanda/core';
import { startTestServer, type TestServer } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { transcript } from '../src/transcript.ts';

const agent = { address: '127.0.0.1', userAgent: 'a test' };

/** Signs somebody up and lets them call every procedure, with the same checks and errors as over the network. */
async function callerOf({ core }: TestServer): Promise<Caller> {
  const { session } = await core.accounts.signUp({
    email: 'ada@example.org',
    password: 'correct horse battery',
    agent,
  });
  return createCaller({
    core,
    session: await core.sessions.open(session.id),
    agent,
    surface: 'caller',
    requestId: 'a test',
    log: silentLog,
  });
}

describe('a transcript', () => {
  it('has what both said, in order', async () => {
    await using server = await startTestServer();
    const amanda = await callerOf(server);
    const { id: chatId } = await amanda.chat.create({});
    const { messageId } = await amanda.message.send({ chatId, text: 'How are you?' });
    await Array.fromAsync(await amanda.message.stream({ messageId }));
    expect(await transcript(amanda, chatId)).toBe('# How are you?\nYou: How are you?\nAmanda: Hello!');
  });

  it('is not to be had of a chat that is somebody else’s', async () => {
    await using server = await startTestServer();
    const amanda = await callerOf(server);
    await expect(transcript(amanda, 12_345)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
