import type { Chat } from '@amanda/client';
import { Menu } from '@base-ui/react/menu';
import { Link } from '@tanstack/react-router';
import { Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { memo } from 'react';
import { text } from '../text/text.ts';
import { MenuItem, MenuPopup } from '../ui/menu.tsx';

interface ItemProps {
  chat: Chat;
  isOpen: boolean;
  onChosen: () => void;
  onRename: () => void;
  onDelete: () => void;
}

/** A chat in the list, with its marks and its menu. */
export const ChatItem = memo(function ChatItem({ chat, isOpen, onChosen, onDelete, onRename }: ItemProps) {
  const title = chat.title === '' ? text.chats.untitled : chat.title;
  const isUnread = chat.unread && !isOpen;
  return (
    <div
      className={`group relative flex h-full items-center rounded-xl ${isOpen ? 'bg-accent-soft' : 'hover:bg-hover has-[:focus-visible]:bg-hover'}`}
    >
      <Link
        to="/chats/$chatId"
        params={{ chatId: String(chat.id) }}
        onClick={onChosen}
        aria-current={isOpen ? 'page' : undefined}
        className={`flex h-full min-w-0 flex-1 items-center gap-2 rounded-xl pr-9 pl-2.5 text-[0.9rem] ${isUnread ? 'font-semibold' : ''}`}
      >
        <span dir="auto" className="min-w-0 flex-1 truncate">
          {title}
        </span>
        {chat.activeMessageId !== null ? (
          <span
            className="flex items-center gap-1.5 text-xs font-normal text-ink-faint group-focus-within:invisible group-hover:invisible"
            data-mark="writing"
          >
            <span className="size-1.5 animate-breathe rounded-full bg-accent" aria-hidden="true" />
            {text.chats.writing}…
          </span>
        ) : (
          isUnread && (
            <span
              className="-mr-5 size-2 rounded-full bg-accent group-focus-within:invisible group-hover:invisible"
              data-mark="unread"
            >
              <span className="sr-only">{text.chats.unread}</span>
            </span>
          )
        )}
      </Link>
      <Menu.Root>
        <Menu.Trigger
          aria-label={text.chats.more(title)}
          className="absolute right-1 grid size-8 place-items-center rounded-lg text-ink-soft opacity-0 group-hover:opacity-100 hover:bg-line focus-visible:opacity-100 data-[popup-open]:opacity-100 [@media(hover:none)]:opacity-100"
        >
          <Ellipsis className="size-4.5" aria-hidden />
        </Menu.Trigger>
        <MenuPopup>
          <MenuItem icon={<Pencil />} onClick={onRename}>
            {text.chats.rename}
          </MenuItem>
          <MenuItem icon={<Trash2 />} danger onClick={onDelete}>
            {text.chats.delete}
          </MenuItem>
        </MenuPopup>
      </Menu.Root>
    </div>
  );
});
