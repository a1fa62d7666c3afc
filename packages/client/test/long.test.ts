import { expect, it } from 'vitest';
import { amandaErrorOf } from '../src/index.ts';
import { conversation } from './connected.ts';

it.each([
  [200, 'none'],
  [201, 'INVALID_INPUT'],
  [1_990, 'INVALID_INPUT'],
  [9_000, 'INVALID_INPUT'],
  [40_000, 'PAYLOAD_TOO_LARGE'],
  [2_000_000, 'PAYLOAD_TOO_LARGE'],
] as const)(
  'says of a query of %i characters what is wrong, not that the server is away: %s',
  async (length, code) => {
    await using talk = await conversation();
    const others = [talk.client.trpc.chat.list.query({}), talk.client.trpc.user.profile.query()];
    const asked = await talk.client.trpc.chat.search.query({ query: 'y'.repeat(length) }).then(
      () => undefined,
      (error: unknown) => amandaErrorOf(error),
    );
    expect(asked?.code ?? 'none').toBe(code);
    expect(asked?.retry ?? false).toBe(false);
    expect(asked?.details.reason).toBe(code === 'INVALID_INPUT' ? 'long' : undefined);
    await Promise.all(others);
  },
);

it('asks for the longest query that is allowed, whatever its letters weigh', async () => {
  await using talk = await conversation();
  const { items } = await talk.client.trpc.chat.search.query({ query: '\u{1f642}'.repeat(200) });
  expect(items).toEqual([]);
});
