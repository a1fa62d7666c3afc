import type { Message } from '@amanda/client';
import { useEffect, useRef } from 'react';
import { text } from '../text/text.ts';
import { announce } from '../ui/announcer.tsx';
import { endingOf } from './ending.tsx';

/** Says when an answer begins and how it ended; the finished text is said once, without its marks. */
export function useAnnouncements(chatId: number | null, answer: Message | null): void {
  const before = useRef<{ chatId: number | null; status: Message['status'] | null }>({
    chatId,
    status: null,
  });
  const status = answer?.status ?? null;
  useEffect(() => {
    const { chatId: lastChat, status: lastStatus } = before.current;
    before.current = { chatId, status };
    if (status === lastStatus || status === null) return;
    if (status === 'streaming') announce(text.status.replying);
    else if (lastStatus !== 'streaming' || lastChat !== chatId) return;
    else if (answer === null || status === 'stopped') announce(text.status.stopped);
    else {
      const why = endingOf(answer, answer.text)?.words ?? '';
      announce(status === 'complete' ? `${text.status.done(plain(answer.text))} ${why}`.trim() : why);
    }
  }, [chatId, status, answer]);
}

/** Markdown without what a voice would stumble over. */
const plain = (source: string): string =>
  source
    .replace(/^```.*$/gm, '')
    .replace(/[*_`#|>~]+/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\n{2,}/g, '\n')
    .trim();
