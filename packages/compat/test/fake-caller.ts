import { AmandaError, type RouterOutputs } from '@amanda/api';
import type { Caller } from '../src/index.ts';

type Chat = RouterOutputs['chat']['get'];
type Message = RouterOutputs['message']['stop'];
type User = RouterOutputs['user']['profile'];
type Event = { type: 'delta'; offset: number; text: string } | { type: 'end'; status: Message['status'] };

/** One answer that the test writes by hand. */
export interface FakeRun {
  readonly messageId: number;
  write(text: string): void;
  end(status?: Exclude<Message['status'], 'streaming'>): void;
}

/** A user of the fake router, with what the test needs to see and steer. */
export interface FakeAmanda {
  readonly caller: Caller;
  /** The same, with streams that end when the signal aborts. */
  callerWith(signal: AbortSignal): Caller;
  readonly user: User;
  readonly chats: Map<number, Chat>;
  readonly messages: Message[];
  readonly runs: FakeRun[];
  /** Resolves with the run of this number (from 0) once it has started. */
  run(index: number): Promise<FakeRun>;
  addChat(at?: Date): Chat;
  addMessage(chatId: number, fields: Partial<Message>): Message;
}

const at = new Date('2026-11-22T23:53:55.102Z');

/** A router without a database: enough of it to see what compat makes of its answers. */
export function fakeAmanda(options: { authenticated?: boolean } = {}): FakeAmanda {
  const { authenticated = true } = options;
  const user: User = {
    id: 7,
    email: 'user@example.com',
    displayName: null,
    emailVerified: false,
    role: 'user',
    createdAt: at,
  };
  const chats = new Map<number, Chat>();
  const messages: Message[] = [];
  const runs: FakeRun[] = [];
  const waiters = new Map<number, PromiseWithResolvers<FakeRun>>();
  const journals = new Map<number, { events: Event[]; grown: PromiseWithResolvers<void> }>();

  const chatOf = (chatId: number): Chat => {
    if (chatId === 666) throw new AmandaError('FOREIGN_OBJECT');
    const chat = chats.get(chatId);
    if (chat === undefined) throw new AmandaError('NOT_FOUND');
    return chat;
  };
  const messageOf = (messageId: number): Message => {
    const message = messages.find(({ id }) => id === messageId);
    if (message === undefined) throw new AmandaError('NOT_FOUND', { details: { field: 'messageId' } });
    return message;
  };
  const change = (messageId: number, fields: Partial<Message>): Message => {
    const index = messages.findIndex(({ id }) => id === messageId);
    const changed = { ...messageOf(messageId), ...fields };
    messages[index] = changed;
    return changed;
  };
  const waiterOf = (index: number) => {
    const waiter = waiters.get(index) ?? Promise.withResolvers<FakeRun>();
    waiters.set(index, waiter);
    return waiter;
  };
  const append = (messageId: number, event: Event) => {
    const journal = journals.get(messageId);
    journal?.events.push(event);
    journal?.grown.resolve();
    if (journal !== undefined) journal.grown = Promise.withResolvers();
  };

  const fake: FakeAmanda = {
    callerWith: (signal) => ({
      ...fake.caller,
      message: {
        ...fake.caller.message,
        async stream({ messageId }) {
          messageOf(messageId);
          return follow(messageId, signal);
        },
      },
    }),
    user,
    chats,
    messages,
    runs,
    run: (index) => waiterOf(index).promise,
    addChat(createdAt = at) {
      const id = chats.size + 1;
      const chat: Chat = {
        id,
        title: 'New Chat',
        createdAt,
        lastMessageAt: createdAt,
        unread: false,
        activeMessageId: null,
      };
      chats.set(id, chat);
      return chat;
    },
    addMessage(chatId, fields) {
      const message: Message = {
        id: messages.length + 1,
        chatId,
        role: 'user',
        text: '',
        status: 'complete',
        createdAt: at,
        error: null,
        replyTo: null,
        version: { index: 1, count: 1 },
        eventId: null,
        usage: null,
        ...fields,
      };
      messages.push(message);
      return message;
    },
    caller: {
      auth: {
        signUp: async () => ({ user }),
        logIn: async () => ({ user }),
        logOut: async () => ({}),
        check: async () => (authenticated ? { authenticated, user } : { authenticated }),
        verifyEmail: async () => ({}),
        resendVerification: async () => ({}),
        forgotPassword: async () => ({}),
        verifyResetToken: async () => ({}),
        resetPassword: async () => ({}),
      },
      user: {
        profile: async () => user,
        updateProfile: async ({ displayName }) => ({ ...user, displayName }),
        deleteAccount: async () => ({}),
      },
      chat: {
        async list(input) {
          const { cursor, limit = 50 } = input ?? {};
          const sorted = [...chats.values()].toSorted(
            (one, other) => other.lastMessageAt.getTime() - one.lastMessageAt.getTime() || other.id - one.id,
          );
          const rest = sorted.filter(
            (chat) =>
              !cursor ||
              chat.lastMessageAt < cursor.lastMessageAt ||
              (chat.lastMessageAt.getTime() === cursor.lastMessageAt.getTime() && chat.id < cursor.id),
          );
          const items = rest.slice(0, limit);
          const last = items.at(-1);
          const hasMore = rest.length > items.length && last !== undefined;
          return { items, nextCursor: hasMore ? { id: last.id, lastMessageAt: last.lastMessageAt } : null };
        },
        create: async () => fake.addChat(),
        get: async ({ chatId }) => chatOf(chatId),
        async rename({ chatId, title }) {
          const chat = { ...chatOf(chatId), title: title.trim() };
          if (chat.title === '') {
            throw new AmandaError('INVALID_INPUT', { details: { field: 'title', reason: 'empty' } });
          }
          chats.set(chatId, chat);
          return chat;
        },
        async delete({ chatId }) {
          chatOf(chatId);
          chats.delete(chatId);
          return {};
        },
      },
      message: {
        async list({ chatId, cursor, limit = 50, toward = 'older' }) {
          chatOf(chatId);
          const own = messages.filter((message) => message.chatId === chatId);
          if (toward === 'older') return { items: own.slice(-limit), nextCursor: null };
          const rest = own.filter(({ id }) => id > (cursor ?? 0));
          const items = rest.slice(0, limit);
          return { items, nextCursor: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
        },
        async send({ chatId, text }) {
          const chat = chatOf(chatId);
          if (chat.activeMessageId !== null) {
            throw new AmandaError('RUN_ACTIVE', { details: { activeMessageId: chat.activeMessageId } });
          }
          const question = fake.addMessage(chatId, { text });
          const { id: messageId } = fake.addMessage(chatId, { role: 'assistant', status: 'streaming' });
          chats.set(chatId, { ...chat, activeMessageId: messageId });
          journals.set(messageId, { events: [], grown: Promise.withResolvers() });
          const run: FakeRun = {
            messageId,
            write(piece) {
              const offset = messageOf(messageId).text.length;
              change(messageId, { text: messageOf(messageId).text + piece });
              append(messageId, { type: 'delta', offset, text: piece });
            },
            end(status = 'complete') {
              change(messageId, { status });
              chats.set(chatId, { ...chatOf(chatId), activeMessageId: null });
              append(messageId, { type: 'end', status });
            },
          };
          runs.push(run);
          waiterOf(runs.length - 1).resolve(run);
          return { chatId, questionId: question.id, messageId, runId: runs.length, eventId: '1:0' };
        },
        async stop({ messageId }) {
          messageOf(messageId);
          runs.find((run) => run.messageId === messageId)?.end('stopped');
          return messageOf(messageId);
        },
        async stream({ messageId }) {
          messageOf(messageId);
          return follow(messageId);
        },
      },
    },
  };

  async function* follow(messageId: number, signal?: AbortSignal) {
    const journal = journals.get(messageId) ?? { events: [], grown: Promise.withResolvers<void>() };
    if (journal.events.length === 0 && messageOf(messageId).status !== 'streaming') {
      journal.events.push({ type: 'delta', offset: 0, text: messageOf(messageId).text });
      journal.events.push({ type: 'end', status: messageOf(messageId).status });
    }
    const gone = Promise.withResolvers<void>();
    const isGone = () => signal?.aborted === true;
    signal?.addEventListener('abort', () => gone.resolve());
    for (let index = 0; !isGone(); index += 1) {
      while (journal.events.length <= index && !isGone()) {
        await Promise.race([journal.grown.promise, gone.promise]);
      }
      const event = journal.events[index];
      if (isGone() || event === undefined) return;
      const whole = event.type === 'end' ? { ...event, message: messageOf(messageId) } : event;
      yield { id: String(index + 1), data: { v: 1 as const, ...whole } };
      if (event.type === 'end') return;
    }
  }
  return fake;
}
