import type { Chat } from '@amanda/client';
import { Link } from '@tanstack/react-router';
import { PanelLeft, SquarePen } from 'lucide-react';
import { ConnectionLine } from '../connection/connection-line.tsx';
import { sidebar } from '../routes/sidebar-state.ts';
import { useSignal } from '../server/signal.ts';
import { text } from '../text/text.ts';
import { IconButton } from '../ui/button.tsx';

/** The head of the page: the list's button where the list is away, the chat's title, and how the link stands. */
export function TopBar({ chat }: { chat: Chat | undefined }) {
  const { isOpen, isWide } = useSignal(sidebar);
  const isAway = !(isOpen && isWide);
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 px-2.5 sm:px-3">
      {isAway && (
        <IconButton
          label={text.chats.open}
          aria-expanded={isOpen}
          onClick={() => sidebar.set({ isOpen: true, isWide })}
        >
          <PanelLeft />
        </IconButton>
      )}
      <div className="min-w-0 flex-1 px-2">
        {chat !== undefined && (
          <h1 dir="auto" className="truncate text-[0.9375rem] font-medium text-ink-soft">
            {chat.title}
          </h1>
        )}
      </div>
      <ConnectionLine />
      {isAway && (
        <Link
          to="/"
          aria-label={text.chats.new}
          title={text.chats.new}
          className="grid size-9 place-items-center rounded-lg text-ink-soft hover:bg-hover hover:text-ink"
        >
          <SquarePen className="size-[1.15rem]" aria-hidden />
        </Link>
      )}
    </header>
  );
}
