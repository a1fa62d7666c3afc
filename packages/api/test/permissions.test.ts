import {
  type AnyTRPCProcedure,
  type AnyTRPCRouter,
  callTRPCProcedure,
  isTrackedEnvelope,
  TRPCError,
} from '@trpc/server';
import { describe, expect, test } from 'vitest';
import { AmandaError, amandaErrorOf, appRouter, type Context, contract } from '../src/index.ts';
import { contextOf, liveSession } from './context.ts';
import { at, owner, stranger, things } from './fake-core.ts';

interface Row {
  readonly who: 'anybody' | 'user';
  /** The input names a thing of the owner's, which must not exist for anybody else. */
  readonly names?: 'thing';
  readonly input?: unknown;
  /** What each event of a subscription looks like; other outputs are checked by the procedure itself. */
  readonly events?: { parse(event: unknown): unknown };
}

const { chatId, messageId, questionId, sessionId, tokenId } = things;
const chat = { who: 'user', names: 'thing', input: { chatId } } as const;
const message = { who: 'user', names: 'thing', input: { messageId } } as const;
const password = 'correct horse';

/** One row for each procedure of the router. A new procedure needs a row; see the last test. */
const table: Record<string, Row> = {
  'auth.signUp': { who: 'anybody', input: { email: 'new@example.org', password } },
  'auth.logIn': { who: 'anybody', input: { email: owner.email, password } },
  'auth.logOut': { who: 'anybody' },
  'auth.check': { who: 'anybody' },
  'auth.changePassword': { who: 'user', input: { current: password, next: 'another horse' } },
  'auth.verifyEmail': { who: 'anybody', input: { token: 'mailed' } },
  'auth.resendVerification': { who: 'anybody', input: { email: owner.email } },
  'auth.forgotPassword': { who: 'anybody', input: { email: owner.email } },
  'auth.verifyResetToken': { who: 'anybody', input: { token: 'mailed' } },
  'auth.resetPassword': { who: 'anybody', input: { token: 'mailed', password } },
  'auth.sessions.list': { who: 'user' },
  'auth.sessions.revoke': { who: 'user', names: 'thing', input: { sessionId } },
  'auth.sessions.revokeOthers': { who: 'user' },
  'auth.tokens.create': { who: 'user', input: { name: 'script', expiresAt: at } },
  'auth.tokens.list': { who: 'user' },
  'auth.tokens.revoke': { who: 'user', names: 'thing', input: { tokenId } },
  'user.profile': { who: 'user' },
  'user.updateProfile': { who: 'user', input: { displayName: 'Ada' } },
  'user.deleteAccount': { who: 'user', input: { password } },
  'chat.list': { who: 'user', input: { cursor: { lastMessageAt: at, id: chatId }, limit: 10 } },
  'chat.create': { who: 'user', input: { clientId: 'b7d27b2c-4d5c-4e8c-9c43-0d7bf3b4a1f6' } },
  'chat.get': chat,
  'chat.rename': { ...chat, input: { chatId, title: 'Another title' } },
  'chat.delete': chat,
  'chat.restore': chat,
  'chat.markRead': { ...chat, input: { chatId, messageId } },
  'chat.search': { who: 'user', input: { query: 'hello' } },
  'message.list': { ...chat, input: { chatId, cursor: messageId, toward: 'newer' } },
  'message.versions': message,
  'message.send': { ...chat, input: { chatId, text: 'Hello' } },
  'message.stop': message,
  'message.regenerate': message,
  'message.edit': { ...message, input: { messageId: questionId, text: 'Hello?' } },
  'message.continue': message,
  'message.stream': { ...message, input: { messageId, lastEventId: '1000:0' }, events: contract.streamEvent },
  'events.watch': { who: 'user', events: contract.feedEvent },
  'system.health': { who: 'anybody' },
  'system.info': { who: 'anybody' },
};

const router: AnyTRPCRouter = appRouter;
const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures;

/** Calls a procedure as an adapter does, and reads a subscription to its end. */
async function call(path: string, ctx: Context): Promise<unknown[]> {
  const type = procedures[path]?._def.type ?? 'query';
  const { signal } = new AbortController();
  const getRawInput = async () => table[path]?.input;
  const result = await callTRPCProcedure({
    router: appRouter,
    path,
    type,
    ctx,
    getRawInput,
    signal,
    batchIndex: 0,
  });
  if (type !== 'subscription') return [result];
  const events: unknown[] = [];
  for await (const event of result as AsyncIterable<unknown>) events.push(event);
  return events;
}

async function codeOf(outcome: Promise<unknown>): Promise<string> {
  const error = await outcome.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TRPCError)) return `no error, but ${String(error)}`;
  expect(error.cause).toBeInstanceOf(AmandaError);
  return amandaErrorOf(error).code;
}

describe.each(Object.keys(procedures))('%s', (path) => {
  const row = table[path];

  test('has a row in the table', () => expect(row).toBeDefined());
  if (row === undefined) return;

  test('answers its owner', async () => {
    const results = await call(path, contextOf({ session: liveSession(owner) }));
    expect(results.length).toBeGreaterThan(0);
    if (row.events === undefined) return;
    const ids = results.map((event) => {
      if (!isTrackedEnvelope(event))
        throw new Error('an event without an id makes a client forget its place');
      row.events?.parse(event[1]);
      return event[0];
    });
    expect(new Set(ids).size).toBe(ids.length);
  });

  test(
    row.names === 'thing' ? 'hides its owner’s things from a stranger' : 'answers a stranger',
    async () => {
      const outcome = call(path, contextOf({ session: liveSession(stranger) }));
      if (row.names === 'thing') expect(await codeOf(outcome)).toBe('NOT_FOUND');
      else await expect(outcome).resolves.toBeDefined();
    },
  );

  test(row.who === 'user' ? 'refuses nobody' : 'answers nobody', async () => {
    const outcome = call(path, contextOf());
    if (row.who === 'user') expect(await codeOf(outcome)).toBe('UNAUTHENTICATED');
    else await expect(outcome).resolves.toBeDefined();
  });

  if (row.who === 'user') {
    test('refuses a session that ended while its socket was open', async () => {
      const session = liveSession(owner);
      session.end('revoked');
      expect(await codeOf(call(path, contextOf({ session })))).toBe('SESSION_ENDED');
    });
  }

  if (row.names === 'thing') {
    test('tells compat, and nobody else, that a thing is another user’s', async () => {
      const outcome = call(path, contextOf({ session: liveSession(stranger), surface: 'compat' }));
      expect(await codeOf(outcome)).toBe(path === 'auth.sessions.revoke' ? 'NOT_FOUND' : 'FOREIGN_OBJECT');
    });
  }
});

test('the table names no procedure that is gone', () => {
  expect(Object.keys(table).filter((path) => !Object.hasOwn(procedures, path))).toEqual([]);
});

test('every procedure has an input schema, and every one that answers once an output schema', () => {
  const bare = Object.entries(procedures).filter(([, { _def }]) => {
    const middlewares: { _type?: string }[] = Reflect.get(_def, 'middlewares');
    const types = new Set(middlewares.map((middleware) => middleware._type));
    return !types.has('input') || (_def.type !== 'subscription' && !types.has('output'));
  });
  expect(bare.map(([path]) => path)).toEqual([]);
});
