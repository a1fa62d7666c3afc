import type { Message } from '@amanda/contract';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { AnswerState } from '../answers/answer.ts';
import { useAmanda } from './context.ts';
import { oncePerFrame } from './frames.ts';

/** As much of a message as following it needs. */
export type Followed = Pick<Message, 'id' | 'text' | 'status' | 'eventId'>;

/**
 * The answer as it grows; renders at most once per frame, and only the component that calls it. Give it the message of
 * `useMessages` to begin with what is known, or an id alone. An answer that has ended is followed no more.
 */
export function useAnswer(message: Followed | number): AnswerState {
  const client = useAmanda();
  const known = typeof message === 'number' ? undefined : message;
  const id = typeof message === 'number' ? message : message.id;
  const isOver = known !== undefined && known.status !== 'streaming';

  const subscribe = useCallback(
    (listener: () => void) => {
      if (isOver) return () => {};
      const frame = oncePerFrame(listener);
      const leave = client.answer(id).subscribe(frame.ask);
      return () => {
        frame.cancel();
        leave();
      };
    },
    [client, id, isOver],
  );
  const getSnapshot = isOver ? nothing : client.answer(id).getSnapshot;
  const followed = useSyncExternalStore(subscribe, getSnapshot, getSnapshot);

  useEffect(() => {
    if (known !== undefined && !isOver) client.answer(id, known);
  }, [client, id, isOver, known]);

  return useMemo(() => {
    if (followed !== null && (followed.done || followed.text.length >= (known?.text.length ?? 0))) {
      return followed;
    }
    // The list knows more than a subscription that has just begun, and all of an answer that has ended.
    const { status = 'streaming', text = '' } = known ?? {};
    return { messageId: id, text, status, message: null, error: null, problem: null, done: isOver };
  }, [followed, id, isOver, known]);
}

const nothing = () => null;
