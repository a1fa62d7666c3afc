import type { Message } from '@amanda/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowDown } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { chatsQuery } from '../chats/chats-query.ts';
import { useConnectionAway } from '../connection/connection-line.tsx';
import { drafts } from '../drafts/drafts.ts';
import type { Waiting } from '../outbox/outbox.ts';
import { pageTitle } from '../routes/page-title.ts';
import { useClient } from '../server/client.ts';
import { createSignal, useSignal } from '../server/signal.ts';
import { text } from '../text/text.ts';
import { reading } from '../theme/theme.ts';
import { Button } from '../ui/button.tsx';
import { useWorkspace } from '../workspace/workspace.ts';
import { Composer, type ComposerControl } from './composer.tsx';
import { Greeting } from './greeting.tsx';
import { type MessageActions, MessageRow, WritingMark } from './message-row.tsx';
import { usePastVersion } from './past-version.ts';
import { createScrollKeeper, type ScrollKeeper, type ScrollView } from './scroll.ts';
import type { Thread, ThreadState } from './thread.ts';
import { TopBar } from './top-bar.tsx';
import { rowsOf, turnsOf } from './turns.ts';
import { useAnnouncements } from './use-announcements.ts';
import { WaitingRow } from './waiting-row.tsx';

const nothing = createSignal<ThreadState>({
  phase: 'ready',
  messages: [],
  olderCursor: null,
  loadingOlder: false,
  pending: null,
});
const unnamed: Thread['keyOf'] = String;

/** Turns that stand in the document at a time; of more than these, the others are left out. */
const mostTurns = 90;
const stepTurns = 40;

/** Where each chat was left, as long as the page lives. */
const places = new Map<number, ReturnType<ScrollKeeper['place']>>();

/** A chat, or the place where a new one begins (`chatId` null). */
export function ThreadPage({ chatId, newChat }: { chatId: number | null; newChat: string }) {
  const client = useClient();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const { outbox, userId } = workspace;
  const thread = chatId === null ? null : workspace.thread(chatId);
  const state = useSignal(thread?.state ?? nothing);
  const entries = useSignal(outbox.entries);
  const { data: chats } = useInfiniteQuery(chatsQuery(client));
  const chat = useMemo(
    () => chats?.pages.flatMap(({ items }) => items).find(({ id }) => id === chatId),
    [chats, chatId],
  );

  useEffect(() => thread?.attach(), [thread]);

  const past = usePastVersion(chatId ?? 0, state.messages);
  const own = useMemo(
    () => entries.filter((entry) => (chatId === null ? entry.newChat === newChat : entry.chatId === chatId)),
    [entries, chatId, newChat],
  );
  const isAway = useConnectionAway();
  const rows = useMemo(
    () =>
      rowsOf({
        path: past.path,
        pastFrom: past.pastFrom,
        pending: state.pending,
        entries: own,
        keyOf: thread?.keyOf ?? unnamed,
        isAway,
      }),
    [past.path, past.pastFrom, state.pending, own, thread, isAway],
  );
  const turns = useMemo(() => turnsOf(rows), [rows]);
  const active = state.messages.findLast(({ status }) => status === 'streaming') ?? null;
  const lastAnswer = state.messages.findLast(({ role }) => role === 'assistant') ?? null;
  const isWriting =
    active !== null || state.pending !== null || own.some((entry) => entry.state === 'sending');
  useAnnouncements(chatId, lastAnswer);

  // What ended on a screen that is looked at has been seen.
  const lastSeen = state.messages.findLast(({ status }) => status !== 'streaming')?.id;
  useEffect(() => {
    const look = () => {
      if (chatId !== null && lastSeen !== undefined && !document.hidden) workspace.seen(chatId, lastSeen);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [workspace, chatId, lastSeen, chat?.unread]);

  useEffect(() => {
    pageTitle.set(chat?.title ?? '');
  }, [chat]);

  const composer = useRef<ComposerControl>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const keeper = useRef<ScrollKeeper>(null);
  const [view, setView] = useState<ScrollView>({ pinned: true, far: false });
  const [editing, setEditing] = useState<number | null>(null);
  /** The turn that was begun here last: it may fill the screen, so that its question stands at the top. */
  const [begun, setBegun] = useState<string | null>(null);
  /** One past the last turn in the document; null follows the end. */
  const [windowEnd, setWindowEnd] = useState<number | null>(null);
  const to = Math.min(windowEnd ?? turns.length, turns.length);
  const from = Math.max(0, to - mostTurns);

  const near = useRef<(edge: 'top' | 'end') => void>(() => {});
  near.current = (edge) => {
    if (edge === 'top') {
      if (from > 0) setWindowEnd(Math.max(mostTurns, to - stepTurns));
      else void thread?.loadOlder();
    } else if (windowEnd !== null) {
      const next = to + stepTurns;
      setWindowEnd(next >= turns.length ? null : next);
    }
  };
  // Older pages come in above: the window goes with the turns that it shows.
  const firstKey = turns[0]?.key;
  const known = useRef<{ key: string | undefined; end: number | null }>({ key: firstKey, end: null });
  useLayoutEffect(() => {
    const before = known.current;
    if (before.key !== firstKey && before.key !== undefined && !view.pinned) {
      const added = turns.findIndex(({ key }) => key === before.key);
      if (added > 0 && turns.length > mostTurns)
        setWindowEnd(Math.min(turns.length, Math.max(mostTurns, to - (windowEnd === null ? stepTurns : 0))));
    }
    known.current = { key: firstKey, end: to };
  }, [firstKey, turns, to, view.pinned, windowEnd]);

  const isReady = state.phase === 'ready' && turns.length > 0;
  useLayoutEffect(() => {
    if (!isReady || scroller.current === null || content.current === null) return undefined;
    const made = createScrollKeeper({
      scroller: scroller.current,
      content: content.current,
      onView: setView,
      onNear: (edge) => near.current(edge),
    });
    keeper.current = made;
    made.restore((chatId === null ? undefined : places.get(chatId)) ?? { pinned: true });
    return () => {
      if (chatId !== null) places.set(chatId, made.place());
      made.close();
      keeper.current = null;
    };
  }, [isReady, chatId]);
  useLayoutEffect(() => keeper.current?.settle(), [turns, from, to]);

  const lastQuestion = turns.at(-1)?.key ?? null;
  const sending = useRef(false);
  useLayoutEffect(() => {
    if (!sending.current) return;
    sending.current = false;
    setBegun(lastQuestion);
  }, [lastQuestion]);
  useLayoutEffect(() => {
    if (begun === null) return;
    keeper.current?.pin();
    if (reading.get() === 'stay') keeper.current?.unpin();
  }, [begun]);

  const send = (words: string) => {
    sending.current = true;
    setWindowEnd(null);
    past.leave();
    outbox.add({ chatId, newChat: chatId === null ? newChat : null, text: words });
    keeper.current?.pin();
  };
  const takeBack = (entry: Waiting) => {
    outbox.remove(entry.clientId);
    const draft = drafts.get(userId, chatId ?? 'new');
    composer.current?.fill(draft === '' ? entry.text : `${draft}\n\n${entry.text}`);
  };
  const jump = useCallback(() => {
    setWindowEnd(null);
    requestAnimationFrame(() => keeper.current?.pin());
    composer.current?.focus();
  }, []);

  const latest = useRef({ past, thread });
  latest.current = { past, thread };
  const [actions] = useState<MessageActions>(() => ({
    regenerate(messageId) {
      latest.current.past.leave();
      void latest.current.thread?.regenerate(messageId);
      keeper.current?.pin();
    },
    edit(messageId, words) {
      latest.current.past.leave();
      void latest.current.thread?.edit(messageId, words);
      keeper.current?.pin();
    },
    continue(messageId) {
      void latest.current.thread?.continue(messageId);
      keeper.current?.pin();
    },
    setEditing,
    showVersion: (message: Message, index) => latest.current.past.show(message, index),
  }));
  const editLast = () => {
    const question = state.messages.findLast(({ role }) => role === 'user');
    if (question !== undefined && !isWriting) setEditing(question.id);
  };

  // A new chat has got its number: its page takes over where this one was.
  const made = useSignal(workspace.made).get(newChat);
  useEffect(() => {
    if (chatId !== null || made === undefined) return;
    drafts.set(userId, made, drafts.get(userId, 'new'));
    drafts.set(userId, 'new', '');
    void navigate({ to: '/chats/$chatId', params: { chatId: String(made) }, replace: true });
  }, [chatId, made, navigate, userId]);

  return (
    <div className="flex h-full flex-col">
      <TopBar chat={chat} />
      {state.phase === 'gone' ? (
        <Apart title={text.chats.gone} lead={text.chats.goneLead}>
          <Button onClick={() => void navigate({ to: '/' })}>{text.chats.new}</Button>
        </Apart>
      ) : (
        <>
          <div className="relative min-h-0 flex-1">
            <div
              ref={scroller}
              className="[container-type:size] h-full overflow-x-hidden overflow-y-auto [overflow-anchor:none]"
              data-scroller
            >
              <div
                ref={content}
                role="log"
                aria-live="off"
                aria-label={text.thread.log}
                tabIndex={0}
                className="mx-auto w-full max-w-3xl px-4 pb-2 outline-none sm:px-6 [&:focus-visible]:outline-2 [&:focus-visible]:-outline-offset-2"
              >
                {state.olderCursor !== null && from === 0 && (
                  <p className="flex h-10 items-center justify-center text-sm text-ink-faint">
                    {state.loadingOlder && text.thread.older}
                  </p>
                )}
                {state.phase === 'loading' && <Placeholder />}
                {state.phase === 'failed' && (
                  <Apart title={text.thread.failed}>
                    <Button kind="plain" onClick={() => void thread?.refresh()}>
                      {text.tryAgain}
                    </Button>
                  </Apart>
                )}
                {state.phase === 'ready' && turns.length === 0 && (
                  <Greeting onChoose={(words) => composer.current?.fill(words)} />
                )}
                {turns.slice(from, to).map((turn, index) => (
                  <section
                    key={turn.key}
                    className={
                      turn.key === begun && from + index === turns.length - 1
                        ? 'min-h-[calc(100cqh-0.75rem)]'
                        : undefined
                    }
                  >
                    {turn.rows.map((row) => {
                      if (row.type === 'waiting')
                        return (
                          <WaitingRow key={row.key} row={row.key} entry={row.entry} onTakeBack={takeBack} />
                        );
                      if (row.type === 'coming') {
                        return (
                          <article
                            key={row.key}
                            data-row={row.key}
                            aria-label={text.thread.assistantSaid}
                            aria-busy
                            className="pt-1.5 pb-1"
                          >
                            <WritingMark />
                            <div className="min-h-11" />
                          </article>
                        );
                      }
                      const { message } = row;
                      return (
                        <MessageRow
                          key={row.key}
                          row={row.key}
                          message={message}
                          actions={actions}
                          isLast={message.id === lastAnswer?.id && !isWriting}
                          isEditing={editing === message.id}
                          isPast={row.isPast}
                        />
                      );
                    })}
                  </section>
                ))}
              </div>
            </div>
            <div className="pointer-events-none absolute inset-x-0 bottom-0 h-6 bg-gradient-to-t from-page to-transparent" />
            {view.far && (
              <button
                type="button"
                aria-label={text.thread.jump}
                title={text.thread.jump}
                onClick={jump}
                className="absolute bottom-3 left-1/2 flex h-9 -translate-x-1/2 animate-arrive items-center gap-2 rounded-full border border-line bg-raised px-2.5 text-sm shadow-lift hover:bg-hover"
              >
                <ArrowDown className="size-4" aria-hidden />
                {active !== null && <span className="pr-1">{text.thread.newText}</span>}
              </button>
            )}
          </div>
          {past.pastFrom !== null && (
            <p className="mx-auto flex animate-arrive items-center gap-2 pb-2 text-sm text-ink-soft">
              {text.thread.pastVersion}
              <button
                type="button"
                className="font-medium text-accent underline underline-offset-4"
                onClick={past.leave}
              >
                {text.thread.backToCurrent}
              </button>
            </p>
          )}
          <div className="px-3 pt-1 sm:px-6">
            <Composer
              userId={userId}
              place={chatId ?? 'new'}
              isWriting={active !== null}
              onSend={send}
              onStop={() => active !== null && void thread?.stop(active.id)}
              onEditLast={editLast}
              control={composer}
            />
            <p className="pt-2 pb-[max(0.6rem,env(safe-area-inset-bottom))] text-center text-xs text-ink-faint">
              {text.composer.note}
            </p>
          </div>
        </>
      )}
    </div>
  );
}

/** The shape of what is loading. */
function Placeholder() {
  return (
    <div aria-hidden="true" className="animate-shimmer space-y-8 pt-10">
      <div className="ml-auto h-11 w-2/5 rounded-3xl bg-hover" />
      <div className="space-y-3">
        <div className="h-4 w-11/12 rounded bg-hover" />
        <div className="h-4 w-4/5 rounded bg-hover" />
        <div className="h-4 w-3/5 rounded bg-hover" />
      </div>
    </div>
  );
}

function Apart({ children, lead, title }: { title: string; lead?: string; children: React.ReactNode }) {
  return (
    <div className="grid flex-1 place-content-center justify-items-center gap-3 px-6 py-20 text-center">
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {lead !== undefined && <p className="max-w-sm text-ink-soft">{lead}</p>}
      <div className="pt-2">{children}</div>
    </div>
  );
}
