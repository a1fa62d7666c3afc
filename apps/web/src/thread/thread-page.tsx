import type { Message } from '@amanda/client';
import { useNavigate } from '@tanstack/react-router';
import { ArrowDown } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useChats } from '../chats/chats-query.ts';
import { useConnectionAway } from '../connection/connection-line.tsx';
import { drafts } from '../drafts/drafts.ts';
import type { Waiting } from '../outbox/outbox.ts';
import { pageTitle } from '../routes/page-title.ts';
import { createSignal, useSignal } from '../server/signal.ts';
import { useUser } from '../session/session.ts';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { useWorkspace } from '../workspace/workspace.ts';
import { Apart, Placeholder } from './apart.tsx';
import { Composer, type ComposerControl } from './composer.tsx';
import { GoneChat } from './gone-chat.tsx';
import { Greeting } from './greeting.tsx';
import { type MessageActions, MessageRow, WritingMark } from './message-row.tsx';
import { usePastVersion } from './past-version.ts';
import type { Thread, ThreadState } from './thread.ts';
import { TopBar } from './top-bar.tsx';
import { rowsOf, turnsOf } from './turns.ts';
import { useAnnouncements } from './use-announcements.ts';
import { usePrepared } from './use-prepared.ts';
import { useThreadScroll } from './use-thread-scroll.ts';
import { WaitingRow } from './waiting-row.tsx';

const nothing = createSignal<ThreadState>({
  phase: 'ready',
  messages: [],
  olderCursor: null,
  loadingOlder: false,
  pending: null,
});
const unnamed: Thread['keyOf'] = String;

/** A chat, or the place where a new one begins (`chatId` null). */
export function ThreadPage(props: {
  chatId: number | null;
  /** Names the chat that begins here. */
  newChat: string;
  /** A message to show. */
  messageId: number | null;
  /** Another one for each time that a search has led here. */
  visit: number;
}) {
  const { chatId, messageId, newChat, visit } = props;
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const { outbox, userId } = workspace;
  const { displayName } = useUser();
  const thread = chatId === null ? null : workspace.thread(chatId);
  const state = useSignal(thread?.state ?? nothing);
  const entries = useSignal(outbox.entries);
  const { open: chat } = useChats(chatId);

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

  const isGone = state.phase === 'gone';
  useEffect(() => {
    if (!isGone) pageTitle.set(chat?.title ?? '');
  }, [chat, isGone]);

  const isLoaded = state.phase === 'ready';
  const isReady = usePrepared({
    messages: state.messages,
    isLoaded,
    isOwn: chatId === null || own.length > 0,
  });

  const composer = useRef<ComposerControl>(null);
  const [editing, setEditing] = useState<{ messageId: number; draft: string | null } | null>(null);
  const scroll = useThreadScroll({
    chatId,
    turns,
    isReady: isReady && turns.length > 0,
    loadOlder: () => void thread?.loadOlder(),
  });
  const { begun, from, pin, reveal, to, view } = scroll;

  // A search leads to a message, however far up it is.
  const [found, setFound] = useState<number | null>(null);
  useEffect(() => {
    if (thread === null || messageId === null || !isReady) return undefined;
    let isOver = false;
    void thread.reach(messageId).then((isThere) => {
      if (!isThere || isOver) return;
      reveal(thread.keyOf(messageId));
      setFound(messageId);
    });
    return () => {
      isOver = true;
      setFound(null);
    };
  }, [thread, messageId, isReady, reveal, visit]);

  const send = (words: string) => {
    // What has to wait behind an answer leaves that one where it is.
    if (!isWriting && own.every(({ state: at }) => at === 'failed')) scroll.begin();
    setFound(null);
    past.leave();
    outbox.add({ chatId, newChat: chatId === null ? newChat : null, text: words });
  };
  const takeBack = (entry: Waiting) => {
    outbox.remove(entry.clientId);
    const draft = drafts.get(userId, chatId ?? 'new');
    composer.current?.fill(draft === '' ? entry.text : `${draft}\n\n${entry.text}`);
  };
  const jump = () => {
    scroll.jump();
    composer.current?.focus();
  };

  const latest = useRef({ past, thread });
  latest.current = { past, thread };
  const [actions] = useState<MessageActions>(() => ({
    regenerate(messageId) {
      latest.current.past.leave();
      void latest.current.thread?.regenerate(messageId);
      pin();
    },
    edit(messageId, words) {
      latest.current.past.leave();
      void latest.current.thread?.edit(messageId, words);
      pin();
    },
    continue(messageId) {
      void latest.current.thread?.continue(messageId);
      pin();
    },
    setEditing: (messageId) => setEditing(messageId === null ? null : { messageId, draft: null }),
    showVersion: (message: Message, index) => latest.current.past.show(message, index),
  }));
  const editLast = () => {
    const question = state.messages.findLast(({ role }) => role === 'user');
    if (question !== undefined && !isWriting) actions.setEditing(question.id);
  };
  const stop = () => {
    if (active !== null) {
      void thread?.stop(active.id);
      return;
    }
    const { pending } = state;
    thread?.cancel();
    if (pending?.kind === 'edit') setEditing({ messageId: pending.messageId, draft: pending.text });
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
      {isGone ? (
        <GoneChat />
      ) : (
        <>
          <TopBar chat={chat} />
          <div className="relative min-h-0 flex-1">
            <div
              ref={scroll.scroller}
              className="peer [container-type:size] h-full overflow-x-hidden overflow-y-auto [overflow-anchor:none] has-[[role=log]:focus-visible]:outline-2 has-[[role=log]:focus-visible]:-outline-offset-2 has-[[role=log]:focus-visible]:outline-accent"
              data-scroller
            >
              <div
                ref={scroll.content}
                role="log"
                aria-live="off"
                aria-label={text.thread.log}
                tabIndex={0}
                className="mx-auto w-full max-w-3xl px-4 pb-2 outline-none sm:px-6"
              >
                {isReady && state.olderCursor !== null && from === 0 && (
                  <p className="flex h-10 items-center justify-center text-sm text-ink-faint">
                    {state.loadingOlder && text.thread.older}
                  </p>
                )}
                {(state.phase === 'loading' || (isLoaded && !isReady)) && <Placeholder />}
                {state.phase === 'failed' && (
                  <Apart title={text.thread.failed}>
                    <Button kind="plain" onClick={() => void thread?.refresh()}>
                      {text.tryAgain}
                    </Button>
                  </Apart>
                )}
                {isReady && turns.length === 0 && (
                  <Greeting name={displayName} onChoose={(words) => composer.current?.fill(words)} />
                )}
                {(isReady ? turns.slice(from, to) : []).map((turn, index) => (
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
                          isEditing={editing?.messageId === message.id}
                          draft={editing?.messageId === message.id ? editing.draft : null}
                          isPast={row.isPast}
                          isFound={message.id === found}
                        />
                      );
                    })}
                  </section>
                ))}
              </div>
            </div>
            <div className="pointer-events-none absolute inset-x-0 bottom-0 h-6 bg-gradient-to-t from-page to-transparent peer-has-[[role=log]:focus-visible]:hidden" />
            {view.far && (
              <button
                type="button"
                aria-label={
                  active === null ? text.thread.jump : `${text.thread.newText}. ${text.thread.jump}`
                }
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
              isWriting={active !== null || state.pending !== null}
              onSend={send}
              onStop={stop}
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
