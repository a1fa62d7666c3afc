import type { Message } from '@amanda/client';
import { useCallback, useRef, useSyncExternalStore } from 'react';
import { useClient } from '../server/client.ts';

/** Hidden tabs have no frames; their text still grows, but not more often than this, in milliseconds. */
const hiddenEveryMs = 500;

/** The text of a message; of one that is being written, as it grows, at most once per frame. */
export function useAnswerText(message: Message): string {
  const client = useClient();
  const isGrowing = message.status === 'streaming';
  const shown = useRef(message.text);

  const subscribe = useCallback(
    (listener: () => void) => {
      if (!isGrowing) return () => {};
      const answer = client.answer(message.id, message);
      let frame: number | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const paint = () => {
        frame = undefined;
        timer = undefined;
        shown.current = answer.getSnapshot().text;
        listener();
      };
      shown.current = answer.getSnapshot().text;
      const leave = answer.subscribe(() => {
        if (frame !== undefined || timer !== undefined) return;
        if (document.hidden) timer = setTimeout(paint, hiddenEveryMs);
        else frame = requestAnimationFrame(paint);
      });
      return () => {
        leave();
        if (frame !== undefined) cancelAnimationFrame(frame);
        clearTimeout(timer);
      };
    },
    [client, isGrowing, message],
  );
  const grown = useSyncExternalStore(subscribe, () => shown.current);
  return isGrowing ? grown : message.text;
}
