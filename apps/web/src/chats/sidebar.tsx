import type { Chat } from '@amanda/client';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { PanelLeftClose, Search, SquarePen } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { sidebar } from '../routes/sidebar-state.ts';
import { useClient } from '../server/client.ts';
import { useSignal } from '../server/signal.ts';
import { errorText } from '../session/session.ts';
import { text } from '../text/text.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { sayError, toasts } from '../ui/toasts.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ChatItem } from './chat-item.tsx';
import { patchChats, reloadChats, useChats } from './chats-query.ts';
import { withGroups, withOpen } from './date-groups.ts';
import { RenameDialog } from './rename-dialog.tsx';

const rowHeight = 38;
const groupHeight = 36;

/** The list of chats, and the ways to everything else. */
export function Sidebar(props: {
  chatId: number | null;
  onChosen: () => void;
  onSearch: () => void;
  onShortcuts: () => void;
}) {
  const client = useClient();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { isWide } = useSignal(sidebar);
  const { listed: chats, open, query } = useChats(props.chatId);
  const rows = useMemo(() => withOpen(withGroups(chats, new Date()), chats, open), [chats, open]);
  const [renaming, setRenaming] = useState<Chat | null>(null);

  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.type === 'group' ? groupHeight : rowHeight),
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : row.type === 'group' ? row.name : row.chat.id;
    },
    overscan: 8,
  });
  const items = list.getVirtualItems();
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const isNearEnd = (items.at(-1)?.index ?? 0) >= rows.length - 10;
  useEffect(() => {
    if (isNearEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isNearEnd, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const restore = (chat: Chat) => {
    client.trpc.chat.restore.mutate({ chatId: chat.id }).then(
      () => void reloadChats(queries),
      (error: unknown) => sayError(errorText(error)),
    );
  };
  const remove = async (chat: Chat) => {
    patchChats(queries, (each) => (each.id === chat.id ? null : each));
    if (props.chatId === chat.id) void navigate({ to: '/' });
    try {
      await client.trpc.chat.delete.mutate({ chatId: chat.id });
      const id: string = toasts.add({
        title: text.chats.deleted,
        timeout: 12_000,
        actionProps: {
          children: text.chats.undo,
          onClick() {
            toasts.close(id);
            restore(chat);
          },
        },
      });
    } catch (error) {
      sayError(errorText(error));
      void reloadChats(queries);
    }
  };

  return (
    <nav
      aria-label={text.chats.list}
      className={`flex w-[17.5rem] shrink-0 flex-col border-r border-line bg-panel ${isWide ? '' : 'fixed inset-y-0 left-0 z-30 max-w-[86vw] animate-arrive shadow-float'}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !isWide) props.onChosen();
      }}
    >
      <div className="flex h-14 shrink-0 items-center gap-2 pr-2.5 pl-4">
        <Logo className="size-7" />
        <span className="flex-1 text-[1.0625rem] font-semibold tracking-[-0.015em]">{text.name}</span>
        <IconButton label={text.chats.hide} onClick={() => sidebar.set({ isOpen: false, isWide })}>
          <PanelLeftClose />
        </IconButton>
      </div>
      <div className="space-y-0.5 px-2.5 pb-2">
        <Link
          to="/"
          onClick={props.onChosen}
          className="flex h-10 items-center gap-3 rounded-xl px-2.5 text-[0.9375rem] font-medium hover:bg-hover [&_svg]:size-[1.15rem] [&_svg]:text-accent"
        >
          <SquarePen aria-hidden />
          {text.chats.new}
        </Link>
        <button
          type="button"
          onClick={props.onSearch}
          className="flex h-10 w-full items-center gap-3 rounded-xl px-2.5 text-left text-[0.9375rem] font-medium hover:bg-hover [&_svg]:size-[1.15rem] [&_svg]:text-ink-faint"
        >
          <Search aria-hidden />
          <span className="flex-1">{text.chats.search}</span>
          <kbd className="[@media(hover:none)]:hidden font-sans text-xs font-normal text-ink-faint">
            Ctrl K
          </kbd>
        </button>
      </div>
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto px-2.5 pb-3">
        {query.isPending ? (
          <ul aria-hidden="true" className="animate-shimmer space-y-3 px-2.5 pt-4">
            {[70, 52, 84, 60, 44].map((width) => (
              <li key={width} className="h-3.5 rounded bg-hover">
                <span className={`block h-full ${width > 60 ? 'w-4/5' : 'w-3/5'}`} />
              </li>
            ))}
          </ul>
        ) : query.isError && chats.length === 0 ? (
          <div className="space-y-3 px-2.5 pt-6 text-sm text-ink-soft">
            <p>{text.chats.failed}</p>
            <Button kind="plain" onClick={() => void query.refetch()}>
              {text.tryAgain}
            </Button>
          </div>
        ) : chats.length === 0 ? (
          <p className="px-2.5 pt-6 text-sm text-ink-faint">{text.chats.empty}</p>
        ) : (
          <ul className="relative" style={{ height: list.getTotalSize() }}>
            {items.map(({ index, key, size, start }) => {
              const row = rows[index];
              if (row === undefined) return null;
              const style = { height: size, transform: `translateY(${start}px)` };
              return row.type === 'group' ? (
                <li
                  key={key}
                  style={style}
                  className="absolute inset-x-0 top-0 flex items-end px-2.5 pb-1.5 text-xs font-medium text-ink-faint"
                >
                  {row.name}
                </li>
              ) : (
                <li key={key} style={style} className="absolute inset-x-0 top-0 py-px">
                  <ChatItem
                    chat={row.chat}
                    isOpen={row.chat.id === props.chatId}
                    onChosen={props.onChosen}
                    onRename={() => setRenaming(row.chat)}
                    onDelete={() => void remove(row.chat)}
                  />
                </li>
              );
            })}
          </ul>
        )}
      </div>
      <AccountMenu onShortcuts={props.onShortcuts} />
      {renaming !== null && <RenameDialog chat={renaming} onClose={() => setRenaming(null)} />}
    </nav>
  );
}
