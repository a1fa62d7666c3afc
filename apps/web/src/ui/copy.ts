import { useEffect, useRef, useState } from 'react';
import { text } from '../text/text.ts';
import { announce } from './announcer.tsx';

/** Copies text, with how it looks where that is given (HTML), and says for a while that it did. */
export function useCopy(): { copied: boolean; copy: (words: string, formatted?: string) => void } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    copied,
    copy(words, formatted) {
      void write(words, formatted).then((done) => {
        if (!done) return;
        setCopied(true);
        announce(text.status.copied);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setCopied(false), 1_800);
      });
    },
  };
}

/** Pages over plain HTTP have no clipboard; there a selected text box still copies. */
async function write(words: string, formatted?: string): Promise<boolean> {
  const { clipboard }: { clipboard?: Clipboard } = navigator;
  try {
    if (formatted === undefined) await clipboard?.writeText(words);
    else await clipboard?.write([itemOf(words, formatted)]);
    if (clipboard !== undefined) return true;
  } catch {
    // Refused, as in a tab without focus.
  }
  const box = document.createElement('textarea');
  box.value = words;
  box.className = 'sr-only';
  document.body.append(box);
  box.select();
  if (formatted !== undefined) box.addEventListener('copy', (event) => fill(event, words, formatted));
  // oxlint-disable-next-line typescript/no-deprecated
  const done = document.execCommand('copy');
  box.remove();
  return done;
}

const itemOf = (words: string, formatted: string): ClipboardItem =>
  new ClipboardItem({
    'text/plain': new Blob([words], { type: 'text/plain' }),
    'text/html': new Blob([formatted], { type: 'text/html' }),
  });

function fill(event: ClipboardEvent, words: string, formatted: string): void {
  event.clipboardData?.setData('text/plain', words);
  event.clipboardData?.setData('text/html', formatted);
  event.preventDefault();
}
