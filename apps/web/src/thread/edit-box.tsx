import type { Message } from '@amanda/client';
import { useEffect, useId, useRef, useState } from 'react';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { isComposing, isSend } from './keys.ts';
import { LengthNote, useLength } from './length-note.tsx';
import type { MessageActions } from './message-row.tsx';

/** A question that is being changed. */
export function EditBox(props: { actions: MessageActions; message: Message; draft: string | null }) {
  const { actions, message } = props;
  const [draft, setDraft] = useState(props.draft ?? message.text);
  const noteId = useId();
  const length = useLength(draft);
  const isRefused = draft.trim() === '' || length.isTooLong;
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const { current } = box;
    current?.focus({ preventScroll: true });
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);
  const leave = () => {
    actions.setEditing(null);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-edit="${message.id}"]`)?.focus());
  };
  const send = () => {
    if (isRefused) return;
    actions.setEditing(null);
    if (draft.trim() !== message.text) actions.edit(message.id, draft);
  };
  return (
    <form
      className="w-full rounded-3xl border border-line-strong/60 bg-raised p-2 shadow-lift focus-within:border-accent"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={box}
        dir="auto"
        aria-label={text.thread.editLabel}
        aria-invalid={length.isTooLong}
        aria-describedby={length.words === null ? undefined : noteId}
        value={draft}
        onChange={({ target }) => setDraft(target.value)}
        onKeyDown={(event) => {
          if (isSend(event)) send();
          else if (event.key === 'Escape' && !isComposing(event)) leave();
          else return;
          event.preventDefault();
        }}
        className="field-sizing-content max-h-80 min-h-12 w-full resize-none bg-transparent px-3 py-2 text-base leading-[1.6] outline-none"
      />
      <LengthNote id={noteId} length={length} />
      <div className="flex justify-end gap-2">
        <Button kind="quiet" onClick={leave}>
          {text.cancel}
        </Button>
        <Button type="submit" disabled={isRefused}>
          {text.thread.editSend}
        </Button>
      </div>
    </form>
  );
}
