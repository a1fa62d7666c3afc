import type { Caller } from '@amanda/api';

/** An app of your own: writes a chat down as plain text. It gets a caller, and so needs no server, no port, no cookie. */
export async function transcript(amanda: Caller, chatId: number): Promise<string> {
  const { title } = await amanda.chat.get({ chatId });
  const lines = [`# ${title}`];
  let cursor: number | null = null;
  do {
    const page: Awaited<ReturnType<Caller['message']['list']>> = await amanda.message.list({
      chatId,
      cursor,
      toward: 'newer',
    });
    for (const { role, text } of page.items) lines.push(`${role === 'user' ? 'You' : 'Amanda'}: ${text}`);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return lines.join('\n');
}
