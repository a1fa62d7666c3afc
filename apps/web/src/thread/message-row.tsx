import type { Message } from '@amanda/client';
import { Check, ChevronLeft, ChevronRight, Copy, Pencil, RefreshCw } from 'lucide-react';
import { memo, useEffect, useState } from 'react';
import { formattedOf } from '../markdown/formatted.ts';
import { loadMarkdown, markdownNow } from '../markdown/prepare.ts';
import { patiently } from '../server/patiently.ts';
import { text } from '../text/text.ts';
import { IconButton } from '../ui/button.tsx';
import { useCopy } from '../ui/copy.ts';
import { useAnswerText } from './answer-text.ts';
import { EditBox } from './edit-box.tsx';
import { Ending } from './ending.tsx';

/** What can be done with a message. The same object as long as the thread lives, so that rows stay as they are. */
export interface MessageActions {
  regenerate(messageId: number): void;
  edit(messageId: number, text: string): void;
  continue(messageId: number): void;
  /** Opens or leaves the editing of a question. */
  setEditing(messageId: number | null): void;
  showVersion(message: Message, index: number): void;
}

interface RowProps {
  row: string;
  message: Message;
  actions: MessageActions;
  isLast: boolean;
  isEditing: boolean;
  /** An edit that was taken back, to go on with. */
  draft: string | null;
  /** An earlier version is shown: it can be read and copied. */
  isPast: boolean;
  /** A search has led here. */
  isFound: boolean;
}

/** One message. */
export const MessageRow = memo(function MessageRow(props: RowProps) {
  return props.message.role === 'user' ? <Question {...props} /> : <Answer {...props} />;
});

/** Questions longer than this fold, in characters or lines. */
const foldBeyond = { characters: 1_200, lines: 14 };

function Question({ actions, draft, isEditing, isFound, isPast, message, row }: RowProps) {
  const [isOpen, setOpen] = useState(false);
  const isLong =
    message.text.length > foldBeyond.characters ||
    message.text.split('\n', foldBeyond.lines + 1).length > foldBeyond.lines;
  return (
    <article
      data-row={row}
      data-found={isFound ? '' : undefined}
      aria-label={text.thread.youSaid}
      className="group flex flex-col items-end pt-7 pb-1"
    >
      {isEditing ? (
        <EditBox message={message} draft={draft} actions={actions} />
      ) : (
        <>
          <div className="max-w-[88%] rounded-3xl rounded-br-lg bg-bubble px-4.5 py-2.5 sm:max-w-[80%]">
            <p
              dir="auto"
              className={`leading-[1.6] break-words [unicode-bidi:plaintext] whitespace-pre-wrap [overflow-wrap:anywhere] ${isLong && !isOpen ? 'max-h-64 overflow-hidden [mask-image:linear-gradient(black_75%,transparent)]' : ''}`}
            >
              {message.text}
            </p>
            {isLong && (
              <button
                type="button"
                aria-expanded={isOpen}
                onClick={() => setOpen(!isOpen)}
                className="mt-1 text-sm font-medium text-accent"
              >
                {isOpen ? text.thread.less : text.thread.more}
              </button>
            )}
          </div>
          <Bar always={message.version.count > 1}>
            <Versions message={message} actions={actions} />
            <CopyButton words={message.text} />
            {!isPast && (
              <IconButton
                label={text.thread.edit}
                onClick={() => actions.setEditing(message.id)}
                data-edit={message.id}
              >
                <Pencil />
              </IconButton>
            )}
          </Bar>
        </>
      )}
    </article>
  );
}

function Answer({ actions, isFound, isLast, isPast, message, row }: RowProps) {
  const words = useAnswerText(message);
  const isGrowing = message.status === 'streaming';
  const { durationMs = null, model = null } = message.usage ?? {};
  return (
    <article
      data-row={row}
      data-found={isFound ? '' : undefined}
      aria-label={text.thread.assistantSaid}
      aria-busy={isGrowing}
      data-status={message.status}
      className="group pt-1.5 pb-1"
    >
      {words === '' ? isGrowing && <WritingMark /> : <Words source={words} growing={isGrowing} />}
      <Ending message={message} words={words} actions={isLast && !isPast ? actions : null} />
      {/* The bar keeps its room while the answer grows, so that its end moves nothing. */}
      <div className="min-h-11">
        {!isGrowing && (
          <Bar always={isLast || message.version.count > 1}>
            <Versions message={message} actions={actions} />
            {words !== '' && <CopyButton words={words} isFormatted />}
            {isLast && !isPast && (
              <IconButton label={text.thread.retry} onClick={() => actions.regenerate(message.id)}>
                <RefreshCw />
              </IconButton>
            )}
            {message.usage !== null && (
              <span className="ml-1.5 text-xs text-ink-faint tabular-nums opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100">
                {text.thread.details(model, durationMs === null ? null : durationMs / 1000)}
              </span>
            )}
          </Bar>
        )}
      </div>
    </article>
  );
}

/** The text of an answer. Raw marks would flash before what shows Markdown is there; only when it cannot be had they do. */
function Words(props: { source: string; growing: boolean }) {
  const [part, setPart] = useState(markdownNow);
  const [isPlain, setPlain] = useState(false);
  useEffect(() => {
    if (part !== null) return;
    loadMarkdown().catch(() => setPlain(true));
    void patiently(loadMarkdown).then(setPart);
  }, [part]);
  if (part !== null) return <part.Markdown {...props} />;
  return isPlain ? <p className="leading-[1.68] whitespace-pre-wrap">{props.source}</p> : <WritingMark />;
}

/** Something is coming. */
export function WritingMark() {
  return (
    <p className="flex h-7 items-center" data-writing>
      <span className="size-3 animate-breathe rounded-full bg-accent" />
      <span className="sr-only">{text.thread.writing}</span>
    </p>
  );
}

function Bar({ always, children }: { always: boolean; children: React.ReactNode }) {
  return (
    <div
      className={`-mx-1.5 flex items-center pt-1 text-ink-faint transition-opacity [@media(hover:none)]:opacity-100 ${always ? '' : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100'}`}
    >
      {children}
    </div>
  );
}

function CopyButton({ isFormatted = false, words }: { words: string; isFormatted?: boolean }) {
  const { copied, copy } = useCopy();
  const onClick = ({ currentTarget }: React.MouseEvent) => {
    const shown = isFormatted ? currentTarget.closest('article')?.querySelector('.prose') : null;
    copy(words, shown === null || shown === undefined ? undefined : formattedOf(shown));
  };
  return (
    <IconButton label={copied ? text.copied : text.thread.copy} onClick={onClick}>
      {copied ? <Check /> : <Copy />}
    </IconButton>
  );
}

function Versions({ actions, message }: { actions: MessageActions; message: Message }) {
  const { count, index } = message.version;
  if (count < 2) return null;
  return (
    <span className="flex items-center text-sm tabular-nums">
      <IconButton
        label={text.thread.previousVersion}
        disabled={index <= 1}
        onClick={() => actions.showVersion(message, index - 1)}
        className="size-8"
      >
        <ChevronLeft />
      </IconButton>
      <span className="min-w-12 text-center">{text.thread.versionOf(index, count)}</span>
      <IconButton
        label={text.thread.nextVersion}
        disabled={index >= count}
        onClick={() => actions.showVersion(message, index + 1)}
        className="size-8"
      >
        <ChevronRight />
      </IconButton>
    </span>
  );
}
