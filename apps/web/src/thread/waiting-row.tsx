import { Clock3, RotateCcw, Undo2 } from 'lucide-react';
import { useConnectionAway } from '../connection/connection-line.tsx';
import type { Waiting } from '../outbox/outbox.ts';
import { text } from '../text/text.ts';
import { useWorkspace } from '../workspace/workspace.ts';

/** A message that is not stored yet: on its way, waiting, or refused. */
export function WaitingRow(props: { row: string; entry: Waiting; onTakeBack: (entry: Waiting) => void }) {
  const { outbox } = useWorkspace();
  const { entry } = props;
  const isAway = useConnectionAway();
  const failed = entry.state === 'failed';
  const isGoing = entry.state === 'sending' && !isAway;
  const action = 'flex h-8 items-center gap-1.5 rounded-lg px-2 font-medium hover:bg-hover [&_svg]:size-3.5';
  return (
    <article
      data-row={props.row}
      data-state={entry.state}
      aria-label={text.thread.youSaid}
      className="flex flex-col items-end pt-7 pb-1"
    >
      <div
        className={`max-w-[88%] rounded-3xl rounded-br-lg px-4.5 py-2.5 sm:max-w-[80%] ${failed ? 'bg-danger-soft' : 'bg-bubble'}`}
      >
        <p className="leading-[1.6] break-words whitespace-pre-wrap [overflow-wrap:anywhere]">{entry.text}</p>
      </div>
      <div
        className={`mt-1 flex min-h-9 items-center gap-1 text-sm ${failed ? 'text-danger' : 'text-ink-faint'}`}
      >
        {failed ? (
          <>
            <span role="alert" className="pr-1">
              {text.thread.notSent} {entry.error}
            </span>
            <button type="button" className={action} onClick={() => outbox.retry(entry.clientId)}>
              <RotateCcw aria-hidden />
              {text.thread.resend}
            </button>
          </>
        ) : (
          !isGoing && (
            <span className="flex items-center gap-1.5">
              <Clock3 className="size-3.5" aria-hidden />
              {entry.state === 'queued' ? text.thread.waitingTurn : text.thread.waiting}
            </span>
          )
        )}
        {entry.state !== 'sending' && (
          <button type="button" className={action} onClick={() => props.onTakeBack(entry)}>
            <Undo2 aria-hidden />
            {text.thread.takeBack}
          </button>
        )}
      </div>
    </article>
  );
}
