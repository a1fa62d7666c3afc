import * as contract from '@amanda/contract';
import type { LiveSession } from '@amanda/core';
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import { callTRPCProcedure, isTrackedEnvelope, TRPCError } from '@trpc/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AmandaError, amandaErrorOf, appRouter, type Context } from '../src/index.ts';
import { type Person, password, turn, type World, world } from './world.ts';

interface Row {
  readonly who: 'anybody' | 'user';
  /** It decides over the account, so a bearer token may not call it. */
  readonly refusesTokens?: true;
  /** The input names a thing of the owner's, which must not exist for anybody else. */
  readonly names?: 'thing';
  /** Makes what the input names, as the owner. */
  readonly input?: (owner: Person, world: World) => unknown;
  /** What each event of a subscription looks like; other outputs are checked by the procedure itself. */
  readonly events?: { parse(event: unknown): unknown };
}

const aChat = async ({ caller }: Person) => ({ chatId: (await caller.chat.create()).id });
const anAnswer = async ({ caller }: Person) => ({ messageId: (await turn(caller)).messageId });
const email = (owner: Person) => ({ email: owner.email });
const account = { who: 'user', refusesTokens: true } as const;
const chat = { who: 'user', names: 'thing', input: aChat } as const;
const message = { who: 'user', names: 'thing', input: anAnswer } as const;

/** One row for each procedure of the router. A new procedure needs a row; see the first test. */
const table: Record<string, Row> = {
  'auth.signUp': { who: 'anybody', input: (owner) => ({ email: `new-${owner.email}`, password }) },
  'auth.logIn': { who: 'anybody', input: (owner) => ({ email: owner.email, password }) },
  'auth.logOut': { who: 'anybody' },
  'auth.check': { who: 'anybody' },
  'auth.changePassword': { ...account, input: () => ({ current: password, next: 'another horse battery' }) },
  'auth.verifyEmail': {
    who: 'anybody',
    input: async (owner, itself) => ({ token: await itself.mailedToken(owner.email, 'verify-email') }),
  },
  'auth.resendVerification': { who: 'anybody', input: email },
  'auth.forgotPassword': { who: 'anybody', input: email },
  'auth.verifyResetToken': {
    who: 'anybody',
    input: async (owner, itself) => {
      await owner.caller.auth.forgotPassword({ email: owner.email });
      return { token: await itself.mailedToken(owner.email, 'reset-password') };
    },
  },
  'auth.resetPassword': {
    who: 'anybody',
    input: async (owner, itself) => {
      await owner.caller.auth.forgotPassword({ email: owner.email });
      return {
        token: await itself.mailedToken(owner.email, 'reset-password'),
        password: 'another horse battery',
      };
    },
  },
  'auth.sessions.list': { ...account },
  'auth.sessions.revoke': {
    ...account,
    names: 'thing',
    input: (owner) => ({ sessionId: owner.session.publicId }),
  },
  'auth.sessions.revokeOthers': { ...account },
  'auth.tokens.create': { ...account, input: () => ({ name: 'script' }) },
  'auth.tokens.list': { ...account },
  'auth.tokens.revoke': {
    ...account,
    names: 'thing',
    input: async ({ caller }) => ({
      tokenId: (await caller.auth.tokens.create({ name: 'script' })).token.id,
    }),
  },
  'user.profile': { who: 'user' },
  'user.updateProfile': { who: 'user', input: () => ({ displayName: 'Ada' }) },
  'user.deleteAccount': { ...account, input: () => ({ password }) },
  'chat.list': { who: 'user', input: () => ({ limit: 10 }) },
  'chat.create': { who: 'user', input: () => ({ clientId: 'b7d27b2c-4d5c-4e8c-9c43-0d7bf3b4a1f6' }) },
  'chat.get': chat,
  'chat.rename': { ...chat, input: async (owner) => ({ ...(await aChat(owner)), title: 'Another title' }) },
  'chat.delete': chat,
  'chat.restore': {
    ...chat,
    input: async (owner) => {
      const input = await aChat(owner);
      await owner.caller.chat.delete(input);
      return input;
    },
  },
  'chat.markRead': {
    ...chat,
    input: async ({ caller }) => {
      const { chatId, messageId } = await turn(caller);
      return { chatId, messageId };
    },
  },
  'chat.search': { who: 'user', input: () => ({ query: 'hello' }) },
  'message.list': { ...chat, input: async ({ caller }) => ({ chatId: (await turn(caller)).chatId }) },
  'message.versions': message,
  'message.send': { ...chat, input: async (owner) => ({ ...(await aChat(owner)), text: 'Hi' }) },
  'message.stop': message,
  'message.regenerate': message,
  'message.edit': {
    ...message,
    input: async ({ caller }) => ({ messageId: (await turn(caller)).questionId, text: 'Hi?' }),
  },
  'message.continue': {
    ...message,
    input: async ({ caller }) => ({ messageId: (await turn(caller, 'Fail!')).messageId }),
  },
  'message.stream': { ...message, events: contract.streamEvent },
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

let it: World;
beforeAll(async () => {
  it = await world();
});
afterAll(() => it[Symbol.asyncDispose]());

/**
 * Calls a procedure as an adapter does, with an input that is the owner's. Of a subscription it reads the first event:
 * one of them has no end.
 */
async function call(path: string, owner: Person, ctx: Context): Promise<unknown> {
  const { type } = definitionOf(path);
  const input = await table[path]?.input?.(owner, it);
  const stop = new AbortController();
  const result = await callTRPCProcedure({
    router: appRouter,
    path,
    type,
    ctx,
    getRawInput: () => Promise.resolve(input),
    signal: stop.signal,
    batchIndex: 0,
  });
  if (type !== 'subscription') return result;
  for await (const event of result as AsyncIterable<unknown>) return event;
  throw new Error('a subscription without any event');
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
test('the table has a row for every procedure, and for nothing else', () => {
  expect(Object.keys(table).toSorted()).toEqual(paths.toSorted());
});

describe('the owner', () => {
  test.each(where((row) => row.events === undefined))('is answered by %s', async (path) => {
    const owner = await it.person();
    await expect(call(path, owner, owner.context())).resolves.toBeDefined();
  });

  test.each(where((row) => row.events !== undefined))(
    'is told events of the contract by %s',
    async (path) => {
      const owner = await it.person();
      const event = await call(path, owner, owner.context());
      if (!isTrackedEnvelope(event))
        throw new Error('an event without an id makes a client forget its place');
      expect(table[path]?.events?.parse(event[1])).toEqual(event[1]);
    },
  );
});

describe('a stranger', () => {
  test.each(where((row) => row.names === 'thing'))(
    'cannot tell that the thing exists from %s',
    async (path) => {
      const [owner, stranger] = [await it.person(), await it.person()];
      expect(await codeOf(call(path, owner, stranger.context()))).toBe('NOT_FOUND');
    },
  );

  test.each(where((row) => row.names !== 'thing'))('is answered by %s about what is his', async (path) => {
    const [owner, stranger] = [await it.person(), await it.person()];
    await expect(call(path, owner, stranger.context())).resolves.toBeDefined();
  });

  const told = where((row) => row.names === 'thing').filter((path) => path !== 'auth.sessions.revoke');
  test.each(told)('is told by compat, and only there, that the thing of %s is not his', async (path) => {
    const [owner, stranger] = [await it.person(), await it.person()];
    expect(await codeOf(call(path, owner, stranger.context({ surface: 'compat' })))).toBe('FOREIGN_OBJECT');
  });
});

describe('nobody', () => {
  test.each(where((row) => row.who === 'user'))('is refused by %s', async (path) => {
    expect(await codeOf(call(path, await it.person(), it.context()))).toBe('UNAUTHENTICATED');
  });

  test.each(where((row) => row.who === 'anybody'))('is answered by %s', async (path) => {
    await expect(call(path, await it.person(), it.context())).resolves.toBeDefined();
  });
});

describe('a bearer token', () => {
  const byToken = async (path: string) => {
    const owner = await it.person();
    const token: LiveSession = { ...owner.session, kind: 'token', user: owner.session.user, ended: null };
    return call(path, owner, owner.context({ session: token }));
  };
  test.each(where((row) => row.refusesTokens === true))('is refused by %s', async (path) => {
    expect(await codeOf(byToken(path))).toBe('TOKEN_NOT_ALLOWED');
  });
  test.each(where((row) => row.who === 'user' && row.refusesTokens !== true))(
    'is answered by %s',
    async (path) => {
      await expect(byToken(path)).resolves.toBeDefined();
    },
  );
});

test.each(where((row) => row.who === 'user'))(
  '%s refuses a session that ended on its socket',
  async (path) => {
    const [owner, other] = [await it.person(), await it.person()];
    await it.core.sessions.end(other.session.id, 'revoked');
    expect(await codeOf(call(path, owner, other.context()))).toBe('SESSION_ENDED');
  },
);

test.each(paths)('%s checks what comes in, and what goes out unless it is a stream', (path) => {
  const procedure = definitionOf(path);
  const middlewares: { _type?: string }[] = Reflect.get(procedure, 'middlewares');
  const types = middlewares.map(({ _type: type }) => type);
  expect(types).toContain('input');
  expect(types.includes('output')).toBe(procedure.type !== 'subscription');
});
