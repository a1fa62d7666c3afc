import type { Message, User } from '@amanda/contract';
import { AmandaError } from '@amanda/core';
import type { Core } from '../src/core.ts';

export const at = new Date('2026-11-23T12:00:00.000Z');

export const owner: User = {
  id: 1,
  email: 'owner@example.org',
  displayName: null,
  emailVerified: true,
  role: 'user',
  createdAt: at,
};
export const stranger: User = { ...owner, id: 2, email: 'stranger@example.org' };
export const admin: User = { ...owner, id: 3, email: 'admin@example.org', role: 'admin' };
const users = [owner, stranger, admin];

/** What the owner has. Any other id is nobody's. */
export const things = {
  chatId: 10,
  questionId: 100,
  messageId: 101,
  runId: 1000,
  tokenId: 7,
  sessionId: 'phone',
};

const answer: Message = {
  id: things.messageId,
  chatId: things.chatId,
  role: 'assistant',
  text: 'Hello',
  status: 'complete',
  createdAt: at,
  error: null,
  replyTo: things.questionId,
  version: { index: 1, count: 1 },
  eventId: null,
  usage: null,
};

/**
 * A `core` that knows one chat with one answer and remembers nothing: enough to see what the router adds to it.
 * `replace` puts other methods in the place of its own.
 */
export function fakeCore(replace: (core: Core) => void = () => {}): Core {
  const own = (userId: number, id: number, ...ids: number[]) => {
    if (!ids.includes(id)) throw new AmandaError('NOT_FOUND');
    if (userId !== owner.id) throw new AmandaError('FOREIGN_OBJECT');
  };
  const profile = async (userId: number) => {
    const user = users.find(({ id }) => id === userId);
    if (user === undefined) throw new AmandaError('NOT_FOUND');
    return user;
  };
  const chat = (userId: number, chatId: number) => {
    own(userId, chatId, things.chatId);
    return {
      id: chatId,
      title: 'A chat',
      createdAt: at,
      lastMessageAt: at,
      unread: false,
      activeMessageId: null,
    };
  };
  const start = async (userId: number, input: { messageId: number } | { chatId: number }) => {
    if ('chatId' in input) own(userId, input.chatId, things.chatId);
    else own(userId, input.messageId, things.questionId, things.messageId);
    const { chatId, messageId, questionId, runId } = things;
    return { chatId, messageId, questionId, runId, eventId: '1000:0' };
  };
  const token = { id: things.tokenId, name: 'script', createdAt: at, lastUsedAt: null, expiresAt: null };
  const session = { id: 'secret-session-id', expiresAt: at };

  const core: Core = {
    accounts: {
      signUp: async ({ email }) => ({ user: { ...owner, email }, session, device: 'mark' }),
      assertRoomToLogIn: () => {},
      logIn: async () => ({ user: owner, session, device: 'mark' }),
      profile,
      updateProfile: async (userId, { displayName }) => ({ ...(await profile(userId)), displayName }),
      changePassword: async () => {},
      signOutElsewhere: async () => {},
      deleteAccount: async () => {},
      verifyEmail: async () => {},
      resendVerification: async () => {},
      forgotPassword: async () => {},
      checkResetToken: async () => {},
      resetPassword: async () => {},
    },
    sessions: {
      end: async () => {},
      list: async () => [
        {
          id: things.sessionId,
          userAgent: '',
          address: '',
          createdAt: at,
          lastUsedAt: at,
          expiresAt: at,
          current: true,
        },
      ],
      revoke: async (userId, sessionId) => {
        if (userId !== owner.id || sessionId !== things.sessionId) throw new AmandaError('NOT_FOUND');
      },
    },
    tokens: {
      create: async () => ({ token, secret: 'shown once' }),
      list: async () => [token],
      revoke: async (userId, tokenId) => own(userId, tokenId, things.tokenId),
    },
    refusals: { count: () => {} },
    chats: {
      list: async () => ({ items: [], nextCursor: null }),
      create: async () => chat(owner.id, things.chatId),
      get: async (userId, chatId) => chat(userId, chatId),
      rename: async (userId, chatId, title) => ({ ...chat(userId, chatId), title }),
      delete: async (userId, chatId) => own(userId, chatId, things.chatId),
      restore: async (userId, chatId) => chat(userId, chatId),
      markRead: async (userId, chatId) => chat(userId, chatId),
      search: async (userId) => ({
        items:
          userId === owner.id
            ? [{ chat: chat(userId, things.chatId), messageId: null, snippet: 'A chat', marks: [[0, 1]] }]
            : [],
        nextCursor: null,
      }),
    },
    limits: { take: async () => {} },
    messages: {
      list: async (userId, chatId) => {
        own(userId, chatId, things.chatId);
        return { items: [answer], nextCursor: null };
      },
      versions: async (userId, messageId) => {
        own(userId, messageId, things.messageId);
        return { items: [{ message: answer, followedBy: [] }], nextCursor: null };
      },
    },
    runs: {
      send: start,
      regenerate: start,
      edit: start,
      continue: start,
      stop: async (userId, { messageId }) => {
        own(userId, messageId, things.messageId);
        return answer;
      },
      async *follow(userId, { messageId }) {
        own(userId, messageId, things.messageId);
        yield { id: '1000:5', type: 'delta', offset: 0, text: 'Hello' };
        yield { id: '1000:5.e', type: 'end', status: 'complete', message: answer };
      },
    },
    feed: {
      async *watch(_userId, { from }) {
        if (from === undefined) yield { id: 'e:0', type: 'ready' };
        yield { id: 'e:1', type: 'change', change: { type: 'chat.created', chatId: things.chatId } };
        yield {
          id: 'e:2',
          type: 'change',
          change: {
            type: 'run.started',
            chatId: things.chatId,
            messageId: things.messageId,
            runId: things.runId,
          },
        };
      },
    },
    system: {
      health: async () => ({ status: 'healthy' }),
      info: () => ({ service: 'amanda', version: '0.1.0', contract: 1, limits: { question: 200_000 } }),
    },
  };
  replace(core);
  return core;
}
