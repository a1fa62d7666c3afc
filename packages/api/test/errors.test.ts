import { amandaErrorShape, errorCode, errorTable } from '@amanda/contract';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { describe, expect, test } from 'vitest';
import type { Core } from '../src/core.ts';
import { formatError } from '../src/errors/formatter.ts';
import { AmandaError, amandaErrorOf, type Context, createCaller } from '../src/index.ts';
import { contextOf, liveSession, recordingLog } from './context.ts';
import { fakeCore, owner, things } from './fake-core.ts';

/** What a client is told about a call that fails. */
async function refusal(call: Promise<unknown>, ctx?: Context) {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TRPCError)) throw new Error(`refused with ${String(error)}`);
  return formatError({ error, ctx });
}

const failing = (fail: (core: Core) => void) => {
  const log = recordingLog();
  const ctx = contextOf({ core: fakeCore(fail), session: liveSession(owner), log });
  return { caller: createCaller(ctx), ctx, log };
};

describe('each code of the table', () => {
  test.each(errorCode.options)('%s reaches the client whole', async (code) => {
    const { caller, ctx } = failing((core) => {
      core.chats.get = async () => {
        throw new AmandaError(code, { details: { retryAfterSeconds: 3 }, cause: new Error('a secret') });
      };
    });
    // Nobody but compat hears of other users' objects.
    const told = code === 'FOREIGN_OBJECT' ? 'NOT_FOUND' : code;
    const { http, retry, text, trpc } = errorTable[told];
    const shape = await refusal(caller.chat.get({ chatId: 1 }), ctx);
    expect(shape).toMatchObject({ message: text, data: { code: trpc, httpStatus: http } });
    expect(shape.data.amanda).toEqual({
      code: told,
      text,
      retry,
      details: { retryAfterSeconds: 3 },
      requestId: 'request-1',
    });
    expect(amandaErrorShape.parse(shape.data.amanda)).toBeDefined();
    expect(JSON.stringify(shape)).not.toContain('secret');
  });

  test.each(errorCode.options)('%s has the HTTP status that tRPC would choose', (code) => {
    const { http, trpc } = errorTable[code];
    expect(getHTTPStatusCodeFromError(new TRPCError({ code: trpc }))).toBe(http);
  });
});

describe('a defect', () => {
  test.each([
    ['an error', () => new Error('SELECT secret FROM users')],
    ['an error of tRPC that is not ours', () => new TRPCError({ code: 'CONFLICT', message: 'secret' })],
    ['a text', () => 'secret'],
    ['nothing', () => undefined],
    ['an object that lies about being an error', () => ({ message: { toString: 1 }, stack: 'secret' })],
  ])('%s is told as INTERNAL and logged once with its cause', async (_name, thrown) => {
    const { caller, ctx, log } = failing((core) => {
      core.chats.get = () => Promise.reject(thrown());
    });
    const shape = await refusal(caller.chat.get({ chatId: 1 }), ctx);
    expect(shape.data.amanda).toMatchObject({ code: 'INTERNAL', requestId: 'request-1', details: {} });
    expect(shape.message).toBe(errorTable.INTERNAL.text);
    expect(JSON.stringify(shape)).not.toContain('secret');
    expect(log.lines).toMatchObject([
      { level: 'error', fields: { path: 'chat.get', requestId: 'request-1', code: 'INTERNAL' } },
    ]);
  });

  test('an output that breaks the contract is a defect, not shown', async () => {
    const { caller, ctx, log } = failing((core) => {
      core.chats.get = async (userId, chatId) => ({
        ...(await fakeCore().chats.get(userId, chatId)),
        passwordHash: 'secret',
      });
    });
    const shape = await refusal(caller.chat.get({ chatId: things.chatId }), ctx);
    expect(shape.data.amanda.code).toBe('INTERNAL');
    expect(JSON.stringify(shape)).not.toContain('secret');
    expect(log.lines).toHaveLength(1);
  });

  test('a stream that fails on its way is told in the same shape and logged once', async () => {
    const { caller, ctx, log } = failing((core) => {
      core.runs.follow = async function* () {
        yield { id: '1:1', type: 'delta', offset: 0, text: 'H' };
        throw new Error('secret');
      };
    });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const event of await caller.message.stream({ messageId: 1 })) seen.push(event);
    })();
    const shape = await refusal(reading, ctx);
    expect(seen).toHaveLength(1);
    expect(shape.data.amanda.code).toBe('INTERNAL');
    expect(JSON.stringify(shape)).not.toContain('secret');
    expect(log.lines).toMatchObject([{ level: 'error', fields: { path: 'message.stream' } }]);
  });

  test('what fails before any procedure is logged by the formatter', () => {
    const ctx = contextOf();
    const error = new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: new Error('secret') });
    expect(JSON.stringify(formatError({ error, ctx }))).not.toContain('secret');
    expect(ctx.log).toMatchObject({ lines: [{ level: 'error' }] });
    expect(formatError({ error, ctx: undefined }).data.amanda.requestId).toBeNull();
  });
});

describe('what tRPC refuses itself', () => {
  test.each([
    ['PARSE_ERROR', 'INVALID_INPUT'],
    ['BAD_REQUEST', 'INVALID_INPUT'],
    ['NOT_FOUND', 'NOT_FOUND'],
    ['METHOD_NOT_SUPPORTED', 'METHOD_NOT_ALLOWED'],
    ['PAYLOAD_TOO_LARGE', 'PAYLOAD_TOO_LARGE'],
    ['UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE'],
    ['TIMEOUT', 'INTERNAL'],
  ] as const)('%s is told as %s, in our words', (trpc, code) => {
    const shape = formatError({ error: new TRPCError({ code: trpc, message: 'No procedure on "x"' }) });
    expect(shape.data.amanda.code).toBe(code);
    expect(shape.message).toBe(errorTable[code].text);
  });

  test('an unknown path', async () => {
    const caller: Record<string, Record<string, () => Promise<unknown>>> = Object.create(
      createCaller(contextOf()),
    );
    const error = await caller['chat']?.['explode']?.().catch((thrown: unknown) => thrown);
    expect(amandaErrorOf(error).code).toBe('NOT_FOUND');
  });
});

describe('sessions need cookies', () => {
  test.each(['signUp', 'logIn', 'logOut'] as const)('auth.%s is refused over a WebSocket', async (name) => {
    const caller = createCaller(contextOf({ surface: 'trpc-ws', session: liveSession(owner) }));
    const input = { email: owner.email, password: 'correct horse' };
    const call = name === 'logOut' ? caller.auth.logOut() : caller.auth[name](input);
    expect((await refusal(call)).data.amanda.code).toBe('NOT_OVER_WEBSOCKET');
  });

  test('what begins a session sets the cookie, and what ends it clears it', async () => {
    const calls: unknown[] = [];
    const cookies = {
      set: (...args: unknown[]) => void calls.push(['set', ...args]),
      clear: () => void calls.push(['clear']),
      remember: (device: string) => void calls.push(['remember', device]),
    };
    const ended: unknown[] = [];
    const core = fakeCore(({ sessions }) => {
      sessions.end = async (...args) => void ended.push(args);
    });
    const session = liveSession(owner);
    const caller = createCaller(contextOf({ core, cookies, session }));
    await caller.auth.logIn({ email: owner.email, password: 'correct horse' });
    await caller.auth.signUp({ email: owner.email, password: 'correct horse' });
    await caller.auth.logOut();
    await caller.user.deleteAccount({ password: 'correct horse' });
    expect(calls).toEqual([
      ['set', 'secret-session-id', expect.any(Date)],
      ['remember', 'mark'],
      ['set', 'secret-session-id', expect.any(Date)],
      ['remember', 'mark'],
      ['clear'],
      ['clear'],
    ]);
    expect(ended).toEqual([[session.id, 'logged_out']]);
  });

  test('a log out with a bearer token left the token good: it is revoked', async () => {
    const revoked: unknown[] = [];
    const core = fakeCore(({ tokens }) => {
      tokens.revoke = async (...args) => void revoked.push(args);
    });
    const session = { ...liveSession(owner), kind: 'token', id: 'token:7' } as const;
    await createCaller(contextOf({ core, session })).auth.logOut();
    expect(revoked).toEqual([[owner.id, 7]]);
  });

  test('the core is told where a call comes from, to limit it', async () => {
    const agents: unknown[] = [];
    const core = fakeCore(({ accounts }) => {
      const result = { user: owner, device: 'mark', session: { id: 'id', expiresAt: owner.createdAt } };
      accounts.signUp = async (input) => {
        agents.push(input.agent, input.legacyPolicy);
        return result;
      };
      accounts.logIn = async (input) => {
        agents.push(input.agent);
        return result;
      };
      accounts.forgotPassword = async (input) => void agents.push(input.agent);
      accounts.resendVerification = async (input) => void agents.push(input.agent);
    });
    const agent = { address: '192.0.2.1', userAgent: 'curl' };
    const { auth } = createCaller(contextOf({ core, agent }));
    const { email } = owner;
    await auth.signUp({ email, password: 'correct horse' });
    await auth.logIn({ email, password: 'correct horse' });
    await auth.forgotPassword({ email });
    await auth.resendVerification({ email });
    expect(agents).toEqual([agent, false, agent, agent, agent]);
  });

  test('only the legacy surface may delete an account without its password', async () => {
    const session = liveSession(owner);
    const refused = await refusal(createCaller(contextOf({ session })).user.deleteAccount({}));
    expect(refused.data.amanda).toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'password', reason: 'missing' },
    });
    await createCaller(contextOf({ session, surface: 'compat' })).user.deleteAccount({});
  });
});
