import type { Message } from '@amanda/client';
import { RefreshCw, StepForward } from 'lucide-react';
import type { ReactNode } from 'react';
import { text } from '../text/text.ts';
import type { MessageActions } from './message-row.tsx';

const errors: Readonly<Record<string, readonly [why: string, advice: string]>> = text.thread.errors;
const cutShort: Readonly<Record<string, string>> = text.thread.cutShort;

/** Why there is no more of an answer than what stands there; null where it is whole, or still growing. */
export function endingOf(message: Message, words: string): { words: string; isFault: boolean } | null {
  const { error, status, usage } = message;
  if (status === 'streaming') return null;
  if (status === 'stopped') return { words: text.thread.stopped, isFault: false };
  if (status === 'interrupted') return { words: text.thread.interrupted, isFault: false };
  if (status === 'failed') {
    const [why, advice] = errors[error ?? ''] ?? [text.thread.failedAnswer, ''];
    const parts = [why, words === '' ? '' : text.thread.kept, advice];
    return { words: parts.filter((part) => part !== '').join(' '), isFault: true };
  }
  const cut = cutShort[usage?.finishReason ?? ''];
  return cut === undefined ? null : { words: cut, isFault: false };
}

/** Errors after which the same again cannot help. */
const final: ReadonlySet<string | null> = new Set(['AI_MISCONFIGURED', 'AI_REFUSED', 'AI_FILTERED']);

/** Says why an answer ends where it does, in a line with the way on. Without `actions` it only says so. */
export function Ending(props: { message: Message; words: string; actions: MessageActions | null }) {
  const { actions, message, words } = props;
  const ending = endingOf(message, words);
  if (ending === null) return null;
  const { error, id, status, usage } = message;
  const isCut = status === 'complete' ? usage?.finishReason === 'length' : error !== 'ANSWER_TOO_LONG';
  const isAlone = words === '' && status === 'failed' && !final.has(error);
  return (
    <div
      data-ending
      className={`mt-3 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-xl py-1.5 pr-1.5 pl-3.5 text-sm ${ending.isFault ? 'bg-danger-soft text-danger' : 'bg-panel text-ink-soft'}`}
    >
      <p className="min-w-[min(14rem,100%)] flex-1 py-1">{ending.words}</p>
      {actions !== null && isCut && words !== '' && (
        <Way label={text.thread.continue} picture={<StepForward />} onTake={() => actions.continue(id)} />
      )}
      {actions !== null && isAlone && (
        <Way label={text.tryAgain} picture={<RefreshCw />} onTake={() => actions.regenerate(id)} />
      )}
    </div>
  );
}

function Way({ label, onTake, picture }: { label: string; picture: ReactNode; onTake: () => void }) {
  return (
    <button
      type="button"
      onClick={onTake}
      className="flex h-8 items-center gap-1.5 rounded-lg px-2.5 font-medium hover:bg-hover [&_svg]:size-3.5"
    >
      <span aria-hidden="true">{picture}</span>
      {label}
    </button>
  );
}
