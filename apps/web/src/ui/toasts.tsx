import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { text } from '../text/text.ts';

/** Short notes under the head of the page, where they cover neither the box nor the last line; usable from everywhere. */
export const toasts = Toast.createToastManager();

/** Says that something went wrong. */
export function sayError(words: string): void {
  toasts.add({ title: words, type: 'error', priority: 'high', timeout: 7_000 });
}

function List() {
  const { toasts: shown } = Toast.useToastManager();
  return shown.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="pointer-events-auto flex items-center gap-3 rounded-xl border border-line bg-raised py-2 pr-2 pl-4 text-[0.9375rem] shadow-float transition-[opacity,translate] duration-200 data-[ending-style]:-translate-y-2 data-[ending-style]:opacity-0 data-[starting-style]:-translate-y-2 data-[starting-style]:opacity-0"
    >
      <Toast.Title className={`min-w-0 flex-1 ${toast.type === 'error' ? 'text-danger' : ''}`} />
      {toast.actionProps !== undefined && (
        <Toast.Action className="h-9 rounded-lg px-3 font-medium text-accent hover:bg-accent-soft" />
      )}
      <Toast.Close
        aria-label={text.close}
        className="grid size-9 place-items-center rounded-lg text-ink-faint hover:bg-hover hover:text-ink"
      >
        <X className="size-4" />
      </Toast.Close>
    </Toast.Root>
  ));
}

/** The place where the notes appear. */
export function Toasts() {
  return (
    <Toast.Provider toastManager={toasts} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="pointer-events-none fixed inset-x-4 top-16 z-60 mx-auto flex max-w-sm flex-col gap-2 outline-none">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
