import { temporaryDatabase } from '@amanda/db/temporary';
import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { createMailTokens } from './mail-tokens.ts';

test('of several that use a mailed token at once one is given its owner', async () => {
  await using db = await temporaryDatabase();
  const clock = createFakeClock();
  const user = await db.accounts.create({ email: 'a@example.org', passwordHash: '', createdAt: new Date(0) });
  const owner = { userId: user?.id ?? 0, email: 'a@example.org' };
  const tokens = createMailTokens({ db, clock });
  const token = await tokens.create('verify', owner);
  expect(await tokens.use('reset', token)).toBeNull();
  const used = await Promise.all([1, 2, 3].map(() => tokens.use('verify', token)));
  expect(used.filter((one) => one !== null)).toEqual([owner]);
});
