import { Menu } from '@base-ui/react/menu';
import { useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown, Keyboard, LogOut, Settings } from 'lucide-react';
import { useClient } from '../server/client.ts';
import { endingText, errorText, farewell, useUser } from '../session/session.ts';
import { text } from '../text/text.ts';
import { MenuItem, MenuPopup } from '../ui/menu.tsx';
import { sayError } from '../ui/toasts.tsx';

/** Who is logged in, and the way to settings and out. */
export function AccountMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const client = useClient();
  const user = useUser();
  const navigate = useNavigate();
  const name = user.displayName ?? user.email;
  const signOut = () => {
    farewell.set(endingText('logged_out'));
    client.trpc.auth.logOut.mutate().catch((error: unknown) => {
      farewell.set(null);
      sayError(errorText(error));
    });
  };
  return (
    <div className="border-t border-line p-2.5">
      <Menu.Root>
        <Menu.Trigger className="flex h-12 w-full items-center gap-3 rounded-xl px-2 text-left hover:bg-hover data-[popup-open]:bg-hover">
          <span
            aria-hidden="true"
            className="grid size-8 shrink-0 place-items-center rounded-full bg-accent-soft text-sm font-semibold text-accent uppercase before:content-[attr(data-initial)]"
            data-initial={Array.from(name)[0]}
          />
          <span className="sr-only">{text.chats.account}: </span>
          <span className="min-w-0 flex-1 truncate text-[0.9rem] font-medium">{name}</span>
          <ChevronsUpDown className="size-4 text-ink-faint" aria-hidden />
        </Menu.Trigger>
        <MenuPopup side="top">
          <MenuItem icon={<Settings />} onClick={() => void navigate({ to: '/settings' })}>
            {text.chats.settings}
          </MenuItem>
          <MenuItem icon={<Keyboard />} onClick={onShortcuts}>
            {text.chats.shortcuts}
          </MenuItem>
          <MenuItem icon={<LogOut />} onClick={signOut}>
            {text.auth.signOut}
          </MenuItem>
        </MenuPopup>
      </Menu.Root>
    </div>
  );
}
