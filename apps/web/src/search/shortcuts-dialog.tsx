import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';

/** All keys that do something. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={text.shortcuts.title}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-3 overflow-y-auto px-6 py-5 text-[0.9375rem]">
        {text.shortcuts.list.map(([keys, what]) => (
          <div key={keys} className="col-span-2 grid grid-cols-subgrid">
            <dt className="flex gap-1">
              {keys.split(' ').map((key) => (
                <kbd
                  key={key}
                  className="rounded-md border border-line bg-panel px-1.5 py-0.5 font-sans text-xs text-ink-soft"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-ink-soft">{what}</dd>
          </div>
        ))}
      </dl>
      <div className="flex justify-end px-6 pb-5">
        <Button kind="plain" onClick={onClose}>
          {text.close}
        </Button>
      </div>
    </Dialog>
  );
}
