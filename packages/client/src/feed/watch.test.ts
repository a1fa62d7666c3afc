import { describe, expect, it } from 'vitest';
import { watchFeed } from './watch.ts';

describe('the change feed', () => {
  it('goes on over events and changes of types that a later server has added', async () => {
    const events = [
      { id: 'e:1', data: { v: 1, type: 'change', change: { type: 'chat.created', chatId: 1 } } },
      { id: 'e:2', data: { v: 1, type: 'change', change: { type: 'chat.shared', chatId: 1, with: 'Ada' } } },
      { id: 'e:3', data: { v: 1, type: 'notice' } },
      { id: 'e:4', data: { v: 1, type: 'change', change: { type: 'chat.renamed', chatId: 1 } } },
    ];
    const seen: string[] = [];
    for await (const { id } of watchFeed((_input, observer) => {
      for (const event of events) observer.onData(event);
      return { unsubscribe() {} };
    })) {
      seen.push(id);
      if (id === 'e:4') break;
    }
    expect(seen).toEqual(['e:1', 'e:4']);
  });
});
