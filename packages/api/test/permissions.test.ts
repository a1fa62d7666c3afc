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

const { _def: definition }: AnyTRPCRouter = appRouter;
const procedures: Record<string, AnyTRPCProcedure> = definition.procedures;
const definitionOf = (path: string) => {
  const { _def: procedure } = procedures[path] ?? {};
  if (procedure === undefined) throw new Error(`no procedure ${path}`);
  return procedure;
};

/** Calls a procedure as an adapter does, and reads a subscription to its end. */
async function call(path: string, ctx: Context): Promise<unknown[]> {
  const { type } = definitionOf(path);
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
  if (!(error instanceof TRPCError && error.cause instanceof AmandaError))
    return `no error, but ${String(error)}`;
  return amandaErrorOf(error).code;
}

const paths = Object.keys(procedures);
const where = (holds: (row: Row) => boolean) =>
  paths.filter((path) => table[path] !== undefined && holds(table[path]));
const asOwner = () => contextOf({ session: liveSession(owner) });
const asStranger = (surface: Context['surface'] = 'trpc-http') =>
  contextOf({ session: liveSession(stranger), surface });

test('the table has a row for every procedure, and for nothing else', () => {
  expect(Object.keys(table).toSorted()).toEqual(paths.toSorted());
});

describe('the owner', () => {
  test.each(where((row) => row.events === undefined))('is answered by %s', async (path) => {
    await expect(call(path, asOwner())).resolves.toHaveLength(1);
  });

  test.each(where((row) => row.events !== undefined))(
    'is told events of the contract by %s',
    async (path) => {
      const events = (await call(path, asOwner())).filter(isTrackedEnvelope);
      expect(events.length).toBeGreaterThan(1);
      for (const [, event] of events) expect(table[path]?.events?.parse(event)).toEqual(event);
      // A client that sees one id twice, or none, forgets its place.
      expect(new Set(events.map(([id]) => id)).size).toBe(events.length);
      expect(await call(path, asOwner())).toHaveLength(events.length);
    },
  );
});

describe('a stranger', () => {
  test.each(where((row) => row.names === 'thing'))(
    'cannot tell that the thing exists from %s',
    async (path) => {
      expect(await codeOf(call(path, asStranger()))).toBe('NOT_FOUND');
    },
  );

  test.each(where((row) => row.names !== 'thing'))('is answered by %s about what is his', async (path) => {
    await expect(call(path, asStranger())).resolves.toBeDefined();
  });

  const told = where((row) => row.names === 'thing').filter((path) => path !== 'auth.sessions.revoke');
  test.each(told)('is told by compat, and only there, that the thing of %s is not his', async (path) => {
    expect(await codeOf(call(path, asStranger('compat')))).toBe('FOREIGN_OBJECT');
  });
});

describe('nobody', () => {
  test.each(where((row) => row.who === 'user'))('is refused by %s', async (path) => {
    expect(await codeOf(call(path, contextOf()))).toBe('UNAUTHENTICATED');
  });

  test.each(where((row) => row.who === 'anybody'))('is answered by %s', async (path) => {
    await expect(call(path, contextOf())).resolves.toHaveLength(1);
  });
});

test.each(where((row) => row.who === 'user'))(
  '%s refuses a session that ended on its socket',
  async (path) => {
    const session = liveSession(owner);
    session.end('revoked');
    expect(await codeOf(call(path, contextOf({ session })))).toBe('SESSION_ENDED');
  },
);

test.each(where((row) => row.who === 'user'))('%s says that the session is in use', async (path) => {
  const session = liveSession(owner);
  await call(path, contextOf({ session }));
  expect(session.touches()).toBe(1);
});

test.each(paths)('%s checks what comes in, and what goes out unless it is a stream', (path) => {
  const procedure = definitionOf(path);
  const middlewares: { _type?: string }[] = Reflect.get(procedure, 'middlewares');
  const types = middlewares.map(({ _type: type }) => type);
  expect(types).toContain('input');
  expect(types.includes('output')).toBe(procedure.type !== 'subscription');
});
