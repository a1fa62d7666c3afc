import { ArrowUp, Square } from 'lucide-react';
import { type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from 'react';
import { drafts } from '../drafts/drafts.ts';
import { loadMarkdown } from '../markdown/prepare.ts';
import { text } from '../text/text.ts';
import { isComposing, isSend, isTouch } from './keys.ts';
import { LengthNote, useLength } from './length-note.tsx';

/** What others may do with the box. */
export interface ComposerControl {
  focus(): void;
  /** Puts words into the box, for the reader to go on with. */
  fill(words: string): void;
}

/** The box in which messages are written. Its draft lives here alone: typing renders nothing else. */
export function Composer(props: {
  userId: number;
  place: number | 'new';
  isWriting: boolean;
  onSend: (words: string) => void;
  onStop: () => void;
  onEditLast: () => void;
  control: Ref<ComposerControl>;
}) {
  const { place, userId } = props;
  const [draft, setDraft] = useState(() => drafts.get(userId, place));
  const box = useRef<HTMLTextAreaElement>(null);

  const change = (words: string) => {
    // Who writes will read an answer.
    if (draft === '') loadMarkdown().catch(() => {});
    setDraft(words);
    drafts.set(userId, place, words);
  };
  useImperativeHandle(props.control, () => ({
    focus: () => box.current?.focus({ preventScroll: true }),
    fill(words) {
      change(words);
      const { current } = box;
      current?.focus({ preventScroll: true });
      requestAnimationFrame(() => current?.setSelectionRange(words.length, words.length));
    },
  }));
  useEffect(() => {
    if (!isTouch()) box.current?.focus({ preventScroll: true });
  }, []);

  const noteId = useId();
  const length = useLength(draft);
  const isEmpty = draft.trim() === '';
  const isStop = props.isWriting && isEmpty;
  const send = () => {
    if (isEmpty || length.isTooLong) return;
    props.onSend(draft.trim());
    change('');
  };

  return (
    <>
      <form
        className="mx-auto flex w-full max-w-3xl items-end gap-2 rounded-[1.75rem] border border-line-strong/45 bg-raised py-1.5 pr-1.5 pl-4.5 shadow-lift transition-[border-color,box-shadow] focus-within:border-accent/60 focus-within:ring-3 focus-within:ring-accent/8"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          ref={box}
          dir="auto"
          rows={1}
          aria-label={text.composer.label}
          placeholder={text.composer.placeholder}
          enterKeyHint={isTouch() ? 'enter' : 'send'}
          aria-invalid={length.isTooLong}
          aria-describedby={length.words === null ? undefined : noteId}
          value={draft}
          onChange={({ target }) => change(target.value)}
          onKeyDown={(event) => {
            if (isSend(event)) send();
            else if (event.key === 'ArrowUp' && draft === '' && !isComposing(event)) props.onEditLast();
            else return;
            event.preventDefault();
          }}
          className="field-sizing-content max-h-[13.5rem] min-h-10 flex-1 resize-none bg-transparent py-2 text-base leading-6 outline-none placeholder:text-ink-faint"
        />
        <button
          type={isStop ? 'button' : 'submit'}
          aria-label={isStop ? text.composer.stop : text.composer.send}
          title={isStop ? text.composer.stop : text.composer.send}
          disabled={!isStop && (isEmpty || length.isTooLong)}
          onClick={() => {
            if (!isStop) return;
            props.onStop();
            box.current?.focus({ preventScroll: true });
          }}
          className="grid size-10 shrink-0 place-items-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-hover disabled:text-ink-faint"
        >
          {isStop ? (
            <Square className="size-3.5 fill-current" />
          ) : (
            <ArrowUp className="size-5" strokeWidth={2.25} />
          )}
        </button>
      </form>
      <LengthNote id={noteId} length={length} />
    </>
  );
}
