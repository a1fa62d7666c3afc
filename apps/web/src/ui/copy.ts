import { useEffect, useRef, useState } from 'react';
import { text } from '../text/text.ts';
import { announce } from './announcer.tsx';

/** Copies text and says for a while that it did. */
export function useCopy(): { copied: boolean; copy: (words: string) => void } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    copied,
    copy(words) {
      void write(words).then((done) => {
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
async function write(words: string): Promise<boolean> {
  const { clipboard }: { clipboard?: Clipboard } = navigator;
  try {
    await clipboard?.writeText(words);
    if (clipboard !== undefined) return true;
  } catch {
    // Refused, as in a tab without focus.
  }
  const box = document.createElement('textarea');
  box.value = words;
  box.className = 'sr-only';
  document.body.append(box);
  box.select();
  // oxlint-disable-next-line typescript/no-deprecated
  const done = document.execCommand('copy');
  box.remove();
  return done;
}
