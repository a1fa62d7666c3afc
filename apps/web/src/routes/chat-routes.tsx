import { newClientId } from '@amanda/client';
import { Outlet, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Sidebar } from '../chats/sidebar.tsx';
import { patiently, whenIdle } from '../server/patiently.ts';
import { useSignal } from '../server/signal.ts';
import { storage } from '../server/storage.ts';
import { text } from '../text/text.ts';
import { GoneChat } from '../thread/gone-chat.tsx';
import { ThreadPage } from '../thread/thread-page.tsx';
import { useWorkspace } from '../workspace/workspace.ts';
import { sidebar } from './sidebar-state.ts';

const loadSearch = () => import('../search/search-dialog.tsx');
const loadShortcuts = () => import('../search/shortcuts-dialog.tsx');
const SearchDialog = lazy(async () => ({ default: (await patiently(loadSearch)).SearchDialog }));
const ShortcutsDialog = lazy(async () => ({ default: (await patiently(loadShortcuts)).ShortcutsDialog }));

/** What is needed sooner or later, also when the link is lost by then. */
const soon = [loadSearch, () => import('../settings/settings-page.tsx'), loadShortcuts];

/** The list of chats beside the chat that is open. */
export function ChatsLayout() {
  const params = useParams({ strict: false });
  const chatId = chatIdOf(params.chatId);
  const { message: messageId = null } = useSearch({ strict: false });
  const visit = useLocation({ select: ({ state }) => state.visit ?? 0 });
  const { isOpen, isWide } = useSignal(sidebar);
  const [dialog, setDialog] = useState<'search' | 'shortcuts' | null>(null);
  const navigate = useNavigate();
  const newChat = useNewChatName(chatId);

  useEffect(() => whenIdle(soon), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key === 'k' && !event.shiftKey) setDialog('search');
      else if (key === '/') setDialog('shortcuts');
      else if (key === 'o' && event.shiftKey) void navigate({ to: '/' });
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate]);

  const closeOver = () => {
    if (!isWide) sidebar.set({ isOpen: false, isWide });
  };
  return (
    <div className="flex h-full">
      <a
        href="#thread"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('[role="log"]')?.focus();
        }}
        className="sr-only focus:not-sr-only focus:absolute focus:top-3 focus:left-3 focus:z-50 focus:rounded-xl focus:bg-raised focus:px-4 focus:py-2 focus:shadow-float"
      >
        {text.skip}
      </a>
      {isOpen && (
        <>
          {!isWide && (
            <button
              type="button"
              aria-label={text.chats.hide}
              onClick={closeOver}
              className="fixed inset-0 z-20 bg-shade"
            />
          )}
          <Sidebar
            chatId={chatId}
            onChosen={closeOver}
            onSearch={() => {
              closeOver();
              setDialog('search');
            }}
            onShortcuts={() => setDialog('shortcuts')}
          />
        </>
      )}
      <main id="thread" className="min-w-0 flex-1" inert={isOpen && !isWide}>
        {chatId === null && params.chatId !== undefined ? (
          <GoneChat />
        ) : (
          <ThreadPage
            key={chatId === null ? newChat : threadKey(chatId)}
            chatId={chatId}
            newChat={newChat}
            messageId={messageId}
            visit={visit}
          />
        )}
        <Outlet />
      </main>
      <Suspense>
        {dialog === 'search' && <SearchDialog onClose={() => setDialog(null)} />}
        {dialog === 'shortcuts' && <ShortcutsDialog onClose={() => setDialog(null)} />}
      </Suspense>
    </div>
  );

  function threadKey(id: number): string | number {
    return born.get(id) ?? id;
  }
}

/** The chat of an address; null where there can be none. */
function chatIdOf(param: string | undefined): number | null {
  const id = /^[1-9]\d*$/.test(param ?? '') ? Number(param) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}

/** The names under which chats of this page began, so that the page of a new chat stays when it gets its number. */
const born = new Map<number, string>();
const key = (userId: number) => `amanda.new-chat.${userId}`;

/** The name of the chat that begins at `/`; another one as soon as that chat is made. */
function useNewChatName(chatId: number | null): string {
  const { made, outbox, userId } = useWorkspace();
  const known = useSignal(made);
  // A first message that still waits keeps its place over a reload.
  const [name, setName] = useState(() => {
    const stored = storage.get(key(userId));
    const waits = outbox.entries.get().some((entry) => entry.newChat === stored && entry.chatId === null);
    return stored !== null && waits ? stored : newClientId();
  });
  for (const [each, id] of known) born.set(id, each);
  // Once its page has its number, the name is used up.
  if (chatId !== null && known.has(name)) setName(newClientId());
  useEffect(() => storage.set(key(userId), name), [userId, name]);
  return name;
}
