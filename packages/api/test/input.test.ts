import { bounds, countCodePoints } from '@amanda/contract';
import { describe, expect, test } from 'vitest';
import { amandaErrorOf, createCaller, describeError } from '../src/index.ts';
import { contextOf, liveSession } from './context.ts';
import { fakeCore, owner } from './fake-core.ts';

const caller = (given = {}) => createCaller(contextOf({ session: liveSession(owner), ...given }));

/** Calls with an input that the types would not let through. */
async function refusal(path: 'send' | 'list', input: unknown) {
  const call = Reflect.get(caller().message, path) as (input: unknown) => Promise<unknown>;
  const error = await call(input).catch((thrown: unknown) => thrown);
  return describeError(amandaErrorOf(error), 'request-1').details;
}

describe('what is wrong with an input is told by field and reason', () => {
  const text = 'Hello';
  test.each([
    ['nothing at all', undefined, '', 'missing'],
    ['a text', 'chat', '', 'type'],
    ['no chat', { text }, 'chatId', 'missing'],
    ['a chat that is null', { chatId: null, text }, 'chatId', 'type'],
    ['a chat that is a text', { chatId: '1', text }, 'chatId', 'type'],
    ['a chat that is a fraction', { chatId: 1.5, text }, 'chatId', 'type'],
    ['a chat that is not a number', { chatId: Number.NaN, text }, 'chatId', 'type'],
    ['chat zero', { chatId: 0, text }, 'chatId', 'range'],
    ['a chat beyond 53 bits', { chatId: 2 ** 53, text }, 'chatId', 'range'],
    ['no text', { chatId: 1 }, 'text', 'missing'],
    ['a text that is a number', { chatId: 1, text: 1 }, 'text', 'type'],
    ['an empty text', { chatId: 1, text: '' }, 'text', 'empty'],
    ['a text of spaces', { chatId: 1, text: ' \n\u00a0' }, 'text', 'empty'],
    ['half an emoji', { chatId: 1, text: 'x\ud83d' }, 'text', 'format'],
    ['a client id that is none', { chatId: 1, text, clientId: 'x' }, 'clientId', 'format'],
    ['a field that does not exist', { chatId: 1, text, userId: 1 }, 'userId', 'unknown'],
  ])('%s', async (_name, input, field, reason) => {
    expect(await refusal('send', input)).toMatchObject({ field, reason, issues: [{ field, reason }] });
  });

  test('a word that is none of the allowed ones', async () => {
    expect(await refusal('list', { chatId: 1, toward: 'up' })).toMatchObject({
      field: 'toward',
      reason: 'value',
    });
  });

  test('a page that is too long', async () => {
    expect(await refusal('list', { chatId: 1, limit: bounds.page + 1 })).toMatchObject({
      field: 'limit',
      reason: 'range',
    });
  });

  test('all of it is listed, within bounds', async () => {
    const { issues } = await refusal('send', {});
    expect(issues).toEqual([
      { field: 'chatId', reason: 'missing' },
      { field: 'text', reason: 'missing' },
    ]);
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`${index}`.repeat(1_000), 1]),
    );
    expect(JSON.stringify(await refusal('send', many)).length).toBeLessThan(3_000);
  });
});

describe('lengths', () => {
  test('count code points, as users do', () => {
    for (const text of ['', 'a', '😀', 'a😀b', '\u{10ffff}'.repeat(3), 'é', '\ud800', '\udc00\ud800']) {
      expect(countCodePoints(text)).toBe(Array.from(text).length);
    }
  });

  test('a text reaches the core trimmed and whole, however wide its characters', async () => {
    const texts: string[] = [];
    const core = fakeCore(({ runs }) => {
      runs.send = (userId, input) => {
        texts.push(input.text);
        return fakeCore().runs.send(userId, input);
      };
      runs.edit = (userId, input) => {
        texts.push(input.text);
        return fakeCore().runs.edit(userId, input);
      };
    });
    const long = '😀'.repeat(200_000);
    await caller({ core }).message.send({ chatId: 10, text: ` ${long}\n` });
    await caller({ core }).message.edit({ messageId: 100, text: `\t${long} ` });
    expect(texts.map((text) => text === long)).toEqual([true, true]);
  });

  test('a text beyond what any server takes does not reach the core', async () => {
    expect(await refusal('send', { chatId: 10, text: 'x'.repeat(bounds.message + 1) })).toMatchObject({
      field: 'text',
      reason: 'long',
    });
  });

  test('a title may have 100', async () => {
    const title = '😀'.repeat(100);
    await expect(caller().chat.rename({ chatId: 10, title: ` ${title} ` })).resolves.toMatchObject({ title });
    await expect(caller().chat.rename({ chatId: 10, title: `${title}a` })).rejects.toMatchObject({
      cause: { details: { field: 'title', reason: 'long' } },
    });
  });
});

test('what tRPC’s infinite queries add to an input is accepted and changes nothing', async () => {
  const asked: unknown[] = [];
  const core = fakeCore(({ messages }) => {
    messages.list = (userId, chatId, options) => {
      asked.push(options);
      return fakeCore().messages.list(userId, chatId, options);
    };
  });
  await caller({ core }).message.list({ chatId: 10, direction: 'forward' });
  await caller({ core }).message.list({ chatId: 10, cursor: 5, toward: 'newer', direction: 'backward' });
  expect(asked).toEqual([
    { cursor: undefined, limit: 50, direction: 'backward' },
    { cursor: 5, limit: 50, direction: 'forward' },
  ]);
});

describe('times that no database can store are refused', () => {
  const times = [
    '+010000-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
    '-000001-12-31T23:59:59.999Z',
    '-271821-04-20T00:00:00.000Z',
  ];
  test.each(times)('%s', async (text) => {
    const time = new Date(text);
    const calls = [
      caller().chat.list({ cursor: { lastMessageAt: time, id: 1 } }),
      caller().auth.tokens.create({ name: 'script', expiresAt: time }),
    ];
    for (const call of calls) {
      const error = await call.catch((thrown: unknown) => thrown);
      expect(describeError(amandaErrorOf(error), null)).toMatchObject({
        code: 'INVALID_INPUT',
        details: { reason: 'range' },
      });
    }
  });

  test.each(['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])(
    '%s is the last of them',
    async (text) => {
      await expect(
        caller().chat.list({ cursor: { lastMessageAt: new Date(text), id: 1 } }),
      ).resolves.toBeDefined();
    },
  );
});

describe('calls that cost something are counted', () => {
  test('changes and searches by user, each call of many by itself', async () => {
    const taken: unknown[] = [];
    const core = fakeCore();
    const counting = {
      ...core,
      limits: {
        take: async (...call: unknown[]) => {
          taken.push(call);
        },
      },
    };
    const { chat, user } = caller({ core: counting });
    await Promise.all(Array.from({ length: 10 }, () => chat.search({ query: 'word' })));
    expect(taken).toEqual(Array.from({ length: 10 }, () => ['search', { userId: owner.id }]));
    taken.length = 0;
    await chat.create();
    await chat.rename({ chatId: 1, title: 'x' }).catch(() => {});
    await chat.markRead({ chatId: 1, messageId: 1 }).catch(() => {});
    await chat.delete({ chatId: 1 }).catch(() => {});
    await chat.restore({ chatId: 1 }).catch(() => {});
    await user.updateProfile({ displayName: 'Ada' });
    expect(taken).toEqual(Array.from({ length: 6 }, () => ['change', { userId: owner.id }]));
  });
});
