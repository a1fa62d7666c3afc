import { useQuestionLimit } from '../server/limits.ts';
import { text } from '../text/text.ts';

/** From this part of the limit on, the length is shown. */
const worthAWord = 0.9;

/** How long a draft is, where that matters. */
export interface Length {
  readonly isTooLong: boolean;
  readonly words: string | null;
}

/** Compares a draft with what the server takes. */
export function useLength(draft: string): Length {
  const most = useQuestionLimit();
  // Code units are never fewer than code points.
  if (draft.length < most * worthAWord) return { isTooLong: false, words: null };
  let count = 0;
  for (const _ of draft.trim()) count += 1;
  if (count < most * worthAWord) return { isTooLong: false, words: null };
  return count > most
    ? { isTooLong: true, words: text.composer.beyond(count, most) }
    : { isTooLong: false, words: text.composer.length(count, most) };
}

/** Says so below the box, once aloud. */
export function LengthNote({ id, length }: { id: string; length: Length }) {
  const { isTooLong, words } = length;
  if (words === null) return null;
  return (
    <>
      <p
        id={id}
        className={`mx-auto w-full max-w-3xl px-4.5 pt-1.5 text-sm tabular-nums ${isTooLong ? 'text-danger' : 'text-ink-faint'}`}
      >
        {words}
      </p>
      {isTooLong && (
        <p role="alert" className="sr-only">
          {text.composer.tooLong}
        </p>
      )}
    </>
  );
}
