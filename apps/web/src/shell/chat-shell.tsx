import { PanelLeft, SquarePen } from 'lucide-react';
import { Sidebar } from '../chats/sidebar.tsx';
import { text } from '../text/text.ts';
import { Placeholder } from '../thread/apart.tsx';
import { Composer } from '../thread/composer.tsx';
import { Greeting } from '../thread/greeting.tsx';
import { IconButton } from '../ui/button.tsx';

const nothing = () => {};

/**
 * What a chat looks like before anything of its reader is known: nothing in it can be used yet, and a screen reader
 * hears that it is loading.
 * @param props.isNew whether it is the place where a new chat begins
 */
export function ChatShell({ isNew }: { isNew: boolean }) {
  return (
    <>
      <p role="status" className="sr-only">
        {text.loading}
      </p>
      <div className="flex h-full" inert aria-hidden="true">
        <div className="flex max-[56rem]:hidden">
          <Sidebar chatId={null} onChosen={nothing} onSearch={nothing} onShortcuts={nothing} />
        </div>
        <div className="flex h-full min-w-0 flex-1 flex-col">
          <div className="flex h-14 shrink-0 items-center justify-between px-2.5 sm:px-3">
            <IconButton label={text.chats.open} className="min-[56rem]:hidden">
              <PanelLeft />
            </IconButton>
            <IconButton label={text.chats.new} className="min-[56rem]:hidden">
              <SquarePen />
            </IconButton>
          </div>
          <div className="[container-type:size] min-h-0 flex-1 overflow-hidden">
            <div className="mx-auto w-full max-w-3xl px-4 pb-2 sm:px-6">
              {isNew ? <Greeting name={undefined} onChoose={nothing} /> : <Placeholder />}
            </div>
          </div>
          <div className="px-3 pt-1 sm:px-6">
            <Composer
              userId={0}
              place="new"
              isWriting={false}
              onSend={nothing}
              onStop={nothing}
              onEditLast={nothing}
              control={null}
            />
            <p className="pt-2 pb-[max(0.6rem,env(safe-area-inset-bottom))] text-center text-xs text-ink-faint">
              {text.composer.note}
            </p>
          </div>
        </div>
      </div>
    </>
  );
}
