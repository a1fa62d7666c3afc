import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

/** A dialog in the middle of the page, with a title that may be hidden from sight. */
export function Dialog(props: {
  open: boolean;
  onClose: () => void;
  title: string;
  hiddenTitle?: boolean;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <Base.Root open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Base.Popup
          className={`fixed top-[max(1rem,12dvh)] left-1/2 z-50 flex max-h-[min(76dvh,40rem)] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col overflow-hidden rounded-2xl border border-line bg-raised shadow-float outline-none transition-[opacity,scale] duration-150 data-[ending-style]:scale-97 data-[ending-style]:opacity-0 data-[starting-style]:scale-97 data-[starting-style]:opacity-0 ${props.wide === true ? 'max-w-2xl' : 'max-w-md'}`}
        >
          <Base.Title
            className={
              props.hiddenTitle === true ? 'sr-only' : 'px-6 pt-5 text-lg font-semibold tracking-tight'
            }
          >
            {props.title}
          </Base.Title>
          {props.children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
