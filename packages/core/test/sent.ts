import { writeSync } from 'node:fs';
import { fallsSilentAfter } from '@amanda/ai-client/scripted';
import { conversation } from './conversation.ts';

// A child of fsync.test.ts: sends some questions and says so after each acknowledgement.
await using c = await conversation(fallsSilentAfter());
for (let i = 1; i <= 5; i += 1) {
  const chat = await c.chats.create(c.userId);
  writeSync(1, `sending ${i}\n`);
  const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: `Question ${i}` });
  writeSync(1, `acknowledged ${i}\n`);
  await c.runs.stop(c.userId, { messageId });
}
