import { type AmandaClient, amandaErrorOf, type FeedChange } from '@amanda/client';
import type { QueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { knownChat, patchChats, reloadChats } from '../chats/chats-query.ts';
import { clearNotices, notices, notify } from '../notices/notices.ts';
import { createOutbox, type Outbox } from '../outbox/outbox.ts';
import { pageTitle } from '../routes/page-title.ts';
import { createSignal, type Signal } from '../server/signal.ts';
import { text } from '../text/text.ts';
import { createThread, type Thread } from '../thread/thread.ts';
import { sayError } from '../ui/toasts.tsx';

/** Everything of one user on this page: threads, messages on their way, and the feed that keeps them true. */
export interface Workspace {
  readonly userId: number;
  readonly outbox: Outbox;
  thread(chatId: number): Thread;
  /** The chats that were made for messages of this page, by the names of those. */
  readonly made: Pick<Signal<ReadonlyMap<string, number>>, 'get' | 'subscribe'>;
  /** The messages up to this one are on a screen that somebody looks at. */
  seen(chatId: number, messageId: number): void;
  close(): void;
}

const mostThreads = 30;
const feedPauseMs = 3_000;
/** So long somebody may still read an answer on another screen before this one tells of it, in milliseconds. */
const noticePauseMs = 1_500;

/** What a change touches: the list of chats alone, or an open chat as well. */
const effects: Record<FeedChange['type'], 'list' | 'gone' | 'chat' | null> = {
  'chat.created': 'list',
  'chat.renamed': 'chat',
  'chat.restored': 'chat',
  'chat.moved': 'list',
  'chat.read': 'list',
  'chat.deleted': 'gone',
  'message.added': 'chat',
  'message.superseded': 'chat',
  'run.started': 'chat',
  'run.ended': 'chat',
  'session.ended': null,
};

/** Makes the workspace of whoever is logged in. Its maker closes it. */
export function createWorkspace(options: {
  client: AmandaClient;
  queries: QueryClient;
  userId: number;
  /** Opens a chat on this page. */
  open(chatId: number): void;
}): Workspace {
  const { client, queries, userId } = options;
  const threads = new Map<number, Thread>();
  const made = createSignal<ReadonlyMap<string, number>>(new Map());
  const fresh = new Set<number>();
  const seenUpTo = new Map<number, number>();
  const closing = new AbortController();
  let listTimer: ReturnType<typeof setTimeout> | undefined;
  const noticeTimers = new Set<ReturnType<typeof setTimeout>>();

  const outbox = createOutbox({
    client,
    userId,
    isBusy(chatId) {
      const thread = threads.get(chatId);
      return thread !== undefined && (thread.activeId !== null || thread.state.get().pending !== null);
    },
    onChat(name, chatId) {
      fresh.add(chatId);
      made.set(new Map(made.get()).set(name, chatId));
    },
    onStarted(entry, started) {
      const { clientId, text: words } = entry;
      workspace.thread(started.chatId).began({ kind: 'send', clientId, text: words }, started);
    },
  });

  /** A burst of changes is one reading of the list. */
  const reloadListSoon = () => {
    listTimer ??= setTimeout(() => {
      listTimer = undefined;
      void reloadChats(queries);
    }, 80);
  };

  /** Tells of an answer that is done, unless somebody has read it meanwhile. */
  async function tellOf(chatId: number): Promise<void> {
    if (!document.hidden) return;
    const chat = await client.trpc.chat.get.query({ chatId });
    if (!document.hidden || !chat.unread || chat.activeMessageId !== null) return;
    notify({
      title: chat.title === '' ? text.chats.untitled : chat.title,
      body: text.notices.done,
      tag: `amanda-chat-${chatId}`,
      onOpen: () => options.open(chatId),
    });
  }
  const tellSoonOf = (chatId: number) => {
    if (notices.get() !== 'notification') return;
    const timer = setTimeout(() => {
      noticeTimers.delete(timer);
      // A lost link or a deleted chat: the title has told.
      tellOf(chatId).catch(() => {});
    }, noticePauseMs);
    noticeTimers.add(timer);
  };

  function take(change: FeedChange): void {
    const effect = effects[change.type];
    if (effect === null || !('chatId' in change)) return;
    const { chatId } = change;
    reloadListSoon();
    if (effect === 'gone') {
      patchChats(queries, (chat) => (chat.id === chatId ? null : chat));
      threads.get(chatId)?.vanish();
      return;
    }
    if (change.type === 'run.ended' && document.hidden) {
      pageTitle.mark(true);
      tellSoonOf(chatId);
    }
    if (effect === 'list') return;
    const thread = threads.get(chatId);
    if (thread !== undefined) void thread.refresh().then(() => outbox.deliver());
    else outbox.deliver();
  }

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        for await (const { event } of client.watch({ signal: closing.signal })) {
          if (event.type === 'change') {
            take(event.change);
            continue;
          }
          void reloadChats(queries);
          outbox.deliver();
          for (const thread of threads.values()) void thread.refresh().then(() => outbox.deliver());
        }
      } catch (thrown) {
        // Whoever ended the session says so elsewhere; anything else is tried again.
        const { code } = amandaErrorOf(thrown);
        if (code === 'SESSION_ENDED' || code === 'UNAUTHENTICATED' || code === 'CLIENT_OUTDATED') return;
      }
      await new Promise((resolve) => setTimeout(resolve, feedPauseMs));
    }
  }

  const onVisible = () => {
    if (document.hidden) return;
    pageTitle.mark(false);
    clearNotices();
  };
  document.addEventListener('visibilitychange', onVisible);

  const workspace: Workspace = {
    userId,
    outbox,
    made,
    thread(chatId) {
      const there = threads.get(chatId);
      threads.delete(chatId);
      const thread =
        there ??
        createThread({
          client,
          chatId,
          isNew: fresh.has(chatId),
          onError: (error) => sayError(error.message),
          onIdle: () => outbox.deliver(),
        });
      threads.set(chatId, thread);
      const [oldest] = threads.keys();
      if (threads.size > mostThreads && oldest !== undefined && oldest !== chatId) threads.delete(oldest);
      return thread;
    },
    seen(chatId, messageId) {
      if (knownChat(queries, chatId)?.unread === false || seenUpTo.get(chatId) === messageId) return;
      seenUpTo.set(chatId, messageId);
      patchChats(queries, (chat) => (chat.id === chatId ? { ...chat, unread: false } : chat));
      client.trpc.chat.markRead.mutate({ chatId, messageId }).catch(() => seenUpTo.delete(chatId));
    },
    close() {
      closing.abort();
      clearTimeout(listTimer);
      for (const timer of noticeTimers) clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
      outbox.close();
    },
  };
  void watch();
  outbox.deliver();
  return workspace;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

/** The workspace of whoever is logged in. */
export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext);
  if (workspace === null) throw new Error('no workspace above this component');
  return workspace;
}
