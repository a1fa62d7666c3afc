import { fallsSilentAfter, scriptedAi } from '@amanda/ai-client/scripted';
import { expect, it } from 'vitest';
import { conversation } from '../test/conversation.ts';
import { createCore } from './create-core.ts';
import { silentLog } from './log/log.ts';

it('has the log folded once the runs of a crash are taken up, and not before', async () => {
  await using c = await conversation(fallsSilentAfter('The sky '));
  const chat = await c.chats.create(c.userId);
  await c.runs.send(c.userId, { chatId: chat.id, text: 'Why?' });
  const happened: string[] = [];
  const db = {
    ...c.db,
    transactions: {
      ...c.db.transactions,
      recoverRuns: (...input: Parameters<typeof c.db.transactions.recoverRuns>) => {
        happened.push('taken up');
        return c.db.transactions.recoverRuns(...input);
      },
    },
    foldLog: () => {
      happened.push('folded');
      return c.db.foldLog();
    },
  };
  const core = await createCore({ db, ai: scriptedAi(fallsSilentAfter('')), log: silentLog });
  await core.close();
  // The second look finds nothing left.
  expect(happened).toEqual(['taken up', 'taken up', 'folded']);
});
