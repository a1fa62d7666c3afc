import type { Message } from '@amanda/client';
import { useEffect, useMemo, useState } from 'react';
import { isPrepared, prepare } from '../markdown/prepare.ts';

/** As many messages fill the screen on which a chat opens. */
const shownAtFirst = 8;

/**
 * Whether messages can be shown: those of an opened chat come as they will stay, or not yet. Once they are shown they
 * remain, whatever comes after them.
 * @param options.isOwn something was asked for here, which is shown at once
 */
export function usePrepared(options: {
  messages: readonly Message[];
  isLoaded: boolean;
  isOwn: boolean;
}): boolean {
  const { isLoaded, isOwn, messages } = options;
  const [isShown, setShown] = useState(isOwn);
  const texts = useMemo(() => messages.slice(-shownAtFirst).map(({ text }) => text), [messages]);
  if (!isShown && (isOwn || (isLoaded && isPrepared(texts)))) setShown(true);
  useEffect(() => {
    if (isShown || !isLoaded) return undefined;
    let isCurrent = true;
    void prepare(texts).then(() => isCurrent && setShown(true));
    return () => {
      isCurrent = false;
    };
  }, [isShown, isLoaded, texts]);
  return isLoaded && isShown;
}
