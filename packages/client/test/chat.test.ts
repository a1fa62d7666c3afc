import { deferred } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { conversation } from './connected.ts';

describe('a chat', () => {
  it('sends a question and gives the growing answer', async () => {
    const more = deferred();
    await using talk = await conversation({
      async *script() {
        yield 'Hello';
        await more.promise;
        yield ', Amanda!';
      },
    });

    const texts: string[] = [];
    const turn = talk.chat.send('Hi');
    for await (const { status, text } of turn) {
      texts.push(`${status}: ${text}`);
      if (text === 'Hello') more.resolve();
    }

    expect(texts.at(-1)).toBe('complete: Hello, Amanda!');
    expect(texts).toContain('streaming: Hello');
    const { items } = await talk.client.trpc.message.list.query({ chatId: talk.chatId });
    expect(items.map(({ text }) => text)).toEqual(['Hi', 'Hello, Amanda!']);
  });
});
