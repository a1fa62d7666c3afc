import { expect, test } from 'vitest';
import { joinVersions } from './join.ts';

const message = (id: number) => ({
  id,
  chatId: 1,
  role: 'user' as const,
  text: `${id}`,
  status: 'complete' as const,
  createdAt: new Date(0),
  error: null,
  replyTo: null,
  version: { index: 1, count: 2 },
  eventId: null,
  usage: null,
});

test('a version that was named again, since more followed it than fits, becomes one', () => {
  const pages = [
    [{ message: message(1), followedBy: [message(2)] }],
    [
      { message: message(1), followedBy: [message(3)] },
      { message: message(4), followedBy: [] },
    ],
    [{ message: message(4), followedBy: [message(5)] }],
  ];
  const joined = joinVersions(pages.flat());
  expect(joined.map((version) => [version.message.id, version.followedBy.map(({ id }) => id)])).toEqual([
    [1, [2, 3]],
    [4, [5]],
  ]);
});
