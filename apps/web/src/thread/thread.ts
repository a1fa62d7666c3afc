import {
  type AmandaClient,
  type AmandaError,
  amandaErrorOf,
  type Message,
  type Started,
} from '@amanda/client';
import { createSignal, type Signal } from '../server/signal.ts';
import { type BegunTurn, isSame, withTurn } from './path.ts';

/** What is known of a chat's messages at a moment. */
export interface ThreadState {
  readonly phase: 'loading' | 'ready' | 'failed' | 'gone';
  /** The path, oldest first; of an answer being written, the text when it was read. */
  readonly messages: readonly Message[];
  /** Null when the beginning is loaded. */
  readonly olderCursor: number | null;
  readonly loadingOlder: boolean;
  /** A turn that was asked for and is not confirmed yet. */
  readonly pending: {
    readonly kind: 'regenerate' | 'edit' | 'continue';
    readonly messageId: number;
    readonly text: string | null;
  } | null;
}

/** The messages of one chat, kept true while somebody looks. */
export interface Thread {
  readonly chatId: number;
  readonly state: Pick<Signal<ThreadState>, 'get' | 'subscribe'>;
  /** The answer that is being written. */
  readonly activeId: number | null;
  /** Follows what is being written until the returned function is called. */
  attach(): () => void;
  /** Reads the newest page again; the same place in the list stays. */
  refresh(): Promise<void>;
  loadOlder(limit?: number): Promise<void>;
  /** Loads as much as is needed to have this message. @returns whether it is on the path */
  reach(messageId: number): Promise<boolean>;
  /** The chat was deleted. */
  vanish(): void;
  /** Names a row for React: the same before and after the server has given it an id. */
  readonly keyOf: (messageId: number) => string;
  /** Takes in a turn that the server has confirmed. */
  began(turn: BegunTurn, started: Started): void;
  regenerate(messageId: number): Promise<void>;
  edit(messageId: number, text: string): Promise<void>;
  continue(messageId: number): Promise<void>;
  stop(messageId: number): Promise<void>;
  /** Takes back a turn that was asked for and is not confirmed yet. */
  cancel(): void;
}

const pageSize = 50;
/** As much as the server gives at a time. */
const longestPage = 200;

/** Rows of messages that are to be, so that their elements stay when they are. */
export const questionKey = (clientId: string): string => `q-${clientId}`;
export const answerKey = (clientId: string): string => `a-${clientId}`;

/** Makes the thread of a chat. It holds nothing open while nobody is attached. */
export function createThread(options: {
  client: AmandaClient;
  chatId: number;
  /** A chat that was just made has nothing to load. */
  isNew: boolean;
  onError(error: AmandaError): void;
  onIdle(): void;
}): Thread {
  const { chatId, client } = options;
  const state = createSignal<ThreadState>({
    phase: options.isNew ? 'ready' : 'loading',
    messages: [],
    olderCursor: null,
    loadingOlder: false,
    pending: null,
  });
  const keys = new Map<number, string>();
  const following = new Map<number, () => void>();
  /** Counts what this page itself has changed: a page read before such a change is too old to be shown. */
  let epoch = 0;
  let attached = 0;
  let reading: Promise<void> | undefined;
  let readAgain = false;
  let older: Promise<void> | undefined;
  let asking: AbortController | undefined;

  const patch = (part: Partial<ThreadState>) => {
    state.set({ ...state.get(), ...part });
    follow();
  };
  const replace = (message: Message) => {
    epoch += 1;
    patch({ messages: state.get().messages.map((each) => (each.id === message.id ? message : each)) });
  };

  /** Follows exactly the answers that are being written. */
  function follow(): void {
    const streaming =
      attached === 0 ? [] : state.get().messages.filter(({ status }) => status === 'streaming');
    for (const [id, leave] of following) {
      if (streaming.some((message) => message.id === id)) continue;
      following.delete(id);
      leave();
    }
    for (const message of streaming) {
      if (following.has(message.id)) continue;
      const answer = client.answer(message.id, message);
      following.set(
        message.id,
        answer.subscribe(() => {
          const { done, message: stored, problem } = answer.getSnapshot();
          if (!done) return;
          following.get(message.id)?.();
          following.delete(message.id);
          if (stored !== null) replace(stored);
          else if (problem === null || problem.code === 'NOT_FOUND') void thread.refresh();
          options.onIdle();
        }),
      );
    }
  }

  function merge(items: readonly Message[], nextCursor: number | null): void {
    const { messages: before, olderCursor } = state.get();
    const known = new Map(before.map((message) => [message.id, message]));
    const [first] = items;
    // Older pages stay as long as they still lead to this one.
    const connects = first !== undefined && nextCursor !== null && known.has(first.id);
    const older = connects ? before.filter(({ id }) => id < first.id) : [];
    const page = items.map((message) => {
      const there = known.get(message.id);
      return there !== undefined && isSame(there, message) ? there : message;
    });
    patch({
      phase: 'ready',
      messages: [...older, ...page],
      olderCursor: older.length > 0 ? olderCursor : nextCursor,
    });
  }

  /**
   * The newest messages. A page ends early where its texts are long, so pages are read until they reach what is known,
   * which would be taken off the screen otherwise.
   */
  async function readDownToKnown(): Promise<{ items: readonly Message[]; nextCursor: number | null }> {
    let { items, nextCursor } = await client.trpc.message.list.query({ chatId, limit: pageSize });
    const { messages } = state.get();
    const newest = messages.at(-1)?.id ?? 0;
    while (
      nextCursor !== null &&
      items.length < pageSize &&
      messages.length > 0 &&
      (items[0]?.id ?? 0) > newest
    ) {
      const limit = pageSize - items.length;
      const page = await client.trpc.message.list.query({ chatId, limit, cursor: nextCursor });
      items = [...page.items, ...items];
      ({ nextCursor } = page);
    }
    return { items, nextCursor };
  }

  async function readNewest(): Promise<void> {
    const before = epoch;
    try {
      const { items, nextCursor } = await readDownToKnown();
      if (before === epoch) merge(items, nextCursor);
      else readAgain = true;
    } catch (thrown) {
      const { code } = amandaErrorOf(thrown);
      if (code === 'NOT_FOUND') patch({ phase: 'gone', messages: [] });
      else if (state.get().phase === 'loading') patch({ phase: 'failed' });
    }
  }

  async function readOlder(limit: number): Promise<void> {
    const { olderCursor } = state.get();
    if (olderCursor === null) return;
    patch({ loadingOlder: true });
    try {
      const page = await client.trpc.message.list.query({ chatId, limit, cursor: olderCursor });
      const isStill = state.get().olderCursor === olderCursor;
      if (isStill)
        patch({ messages: [...page.items, ...state.get().messages], olderCursor: page.nextCursor });
    } catch {
      // The connection line says why; scrolling asks again.
    } finally {
      patch({ loadingOlder: false });
    }
  }

  /** Asks for a turn and shows at once that it is coming. */
  async function turn(
    kind: 'regenerate' | 'edit' | 'continue',
    messageId: number,
    text: string | null,
  ): Promise<void> {
    if (state.get().pending !== null) return;
    patch({ pending: { kind, messageId, text } });
    const chat = client.chat(chatId);
    const abort = new AbortController();
    asking = abort;
    const { signal } = abort;
    try {
      const begun =
        kind === 'edit'
          ? chat.edit(messageId, text ?? '', { signal })
          : kind === 'continue'
            ? chat.continue(messageId, { signal })
            : chat.regenerate(messageId, { signal });
      thread.began({ kind, messageId, text }, await begun.started);
    } catch (thrown) {
      const error = amandaErrorOf(thrown);
      if (error.code !== 'ABORTED') options.onError(error);
      void thread.refresh();
    } finally {
      asking = undefined;
      patch({ pending: null });
      options.onIdle();
    }
  }

  const thread: Thread = {
    chatId,
    state,
    get activeId() {
      return state.get().messages.findLast(({ status }) => status === 'streaming')?.id ?? null;
    },
    attach() {
      attached += 1;
      void thread.refresh();
      follow();
      return () => {
        attached -= 1;
        follow();
      };
    },
    refresh() {
      if (reading !== undefined) {
        readAgain = true;
        return reading;
      }
      if (state.get().phase === 'failed') patch({ phase: 'loading' });
      reading = (async () => {
        do {
          readAgain = false;
          await readNewest();
        } while (readAgain);
      })().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    vanish() {
      epoch += 1;
      patch({ phase: 'gone', messages: [] });
    },
    async reach(messageId) {
      for (;;) {
        const { messages, olderCursor } = state.get();
        if (messages.some(({ id }) => id === messageId)) return true;
        if (olderCursor === null || (messages[0]?.id ?? 0) < messageId) return false;
        await thread.loadOlder(longestPage);
        // Nothing came: the link is lost.
        if (state.get().olderCursor === olderCursor) return false;
      }
    },
    loadOlder(limit = pageSize) {
      older ??= readOlder(limit).finally(() => {
        older = undefined;
      });
      return older;
    },
    keyOf: (messageId) => keys.get(messageId) ?? `m-${messageId}`,
    began(begun, started) {
      epoch += 1;
      const { messages } = state.get();
      if (begun.kind === 'send') {
        // Sent again over a lost link, it may have been answered by now.
        if (messages.some(({ id, status }) => id === started.messageId && status !== 'streaming')) return;
        keys.set(started.questionId, questionKey(begun.clientId));
        keys.set(started.messageId, answerKey(begun.clientId));
      }
      patch({ phase: 'ready', messages: withTurn(messages, begun, started) });
    },
    regenerate: (messageId) => turn('regenerate', messageId, null),
    edit: (messageId, text) => turn('edit', messageId, text),
    continue: (messageId) => turn('continue', messageId, null),
    cancel: () => asking?.abort(),
    async stop(messageId) {
      const message = state.get().messages.find(({ id }) => id === messageId);
      if (message === undefined) return;
      // At once, with what is on the screen; the stored text, which may be a little longer, takes its place.
      const { text } = client.answer(messageId).getSnapshot();
      replace({
        ...message,
        text: text.length > message.text.length ? text : message.text,
        status: 'stopped',
        eventId: null,
      });
      try {
        replace(await client.chat(chatId).stop(messageId));
      } catch (thrown) {
        options.onError(amandaErrorOf(thrown));
        void thread.refresh();
      }
      options.onIdle();
    },
  };
  return thread;
}
