import { errorTable } from '@amanda/contract';
import { AmandaError, type LiveSession } from '@amanda/core';
import { initTRPC, type TRPCError } from '@trpc/server';
import type { Batch, Context } from './context.ts';
import { countRefusal } from './errors/count.ts';
import { formatError } from './errors/formatter.ts';
import { amandaErrorOf, hideForeign, trpcErrorOf } from './errors/translate.ts';
import { isAsyncIterable } from './is-async-iterable.ts';
import type { Scope } from './scope.ts';
import { sessionEnded, whileSessionLasts } from './subscription.ts';
import { transformer } from './transformer.ts';

const t = initTRPC.context<Scope>().create({
  transformer,
  errorFormatter: ({ error, ctx }) => formatError({ error, ctx }),
  // A stack is for the log, also in development.
  isDev: false,
  sse: {
    ping: { enabled: true, intervalMs: 15_000 },
    client: { reconnectAfterInactivityMs: 40_000 },
    // Proxies end long responses anyway; a client resumes without a gap.
    maxDurationMs: 30 * 60_000,
  },
});

export const { router, createCallerFactory } = t;

/** Turns what was thrown into an error of the table, and writes the cause of a server's fault to the log. */
function report(ctx: Context, path: string, thrown: unknown, input?: unknown): TRPCError {
  const cause = amandaErrorOf(thrown, { input });
  countRefusal(cause, ctx);
  const error = hideForeign(cause, ctx.surface);
  const fields = { err: error.cause, code: error.code, path, requestId: ctx.requestId };
  if (error.code === 'INTERNAL') ctx.log.error(fields, 'a procedure failed');
  else if (errorTable[error.code].http >= 500) ctx.log.warn(fields, 'a call could not be carried out');
  return trpcErrorOf(error);
}

/** Makes a call of a batch in its turn. */
async function inTurn<Result extends { readonly ok: boolean }>(
  ctx: Context,
  batch: Batch,
  path: string,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await batch.inTurn(call);
  } catch (error) {
    throw report(ctx, path, error);
  }
}

/** Outermost. `next()` never throws, and a stream throws after it has returned, so both are looked after. */
const answerErrors = t.middleware(async ({ ctx, path, next, getRawInput }) => {
  const result = ctx.batch === undefined ? await next() : await inTurn(ctx, ctx.batch, path, () => next());
  if (!result.ok) {
    const isInputError = result.error.code === 'BAD_REQUEST';
    throw report(ctx, path, result.error, isInputError ? await getRawInput() : undefined);
  }
  if (!isAsyncIterable(result.data)) return result;
  const source = result.data;
  const reported = async function* () {
    try {
      yield* source;
    } catch (error) {
      throw report(ctx, path, error);
    }
  };
  return { ...result, data: reported() };
});

function sessionOf(ctx: Context): LiveSession {
  if (ctx.session === null) throw new AmandaError('UNAUTHENTICATED');
  if (ctx.session.ended !== null) throw sessionEnded(ctx.session);
  return ctx.session;
}

/** Asked at every call: a socket outlives its session. */
const needsSession = t.middleware(({ ctx, next }) => {
  const session = sessionOf(ctx);
  session.touch();
  return next({ ctx: { session, userId: session.userId } });
});

/** What decides over an account asks for its password's holder; whoever finds a token in a script is not that. */
const refusesTokens = t.middleware(({ ctx, next }) => {
  if (sessionOf(ctx).kind === 'token') throw new AmandaError('TOKEN_NOT_ALLOWED');
  return next();
});

const needsAdmin = t.middleware(({ ctx, next }) => {
  if (sessionOf(ctx).user.role !== 'admin') throw new AmandaError('FORBIDDEN');
  return next();
});

/** Sessions begin and end with a cookie, which a WebSocket cannot set. */
const needsCookies = t.middleware(({ ctx, next }) => {
  if (ctx.surface === 'trpc-ws') throw new AmandaError('NOT_OVER_WEBSOCKET');
  return next();
});

/** Gives a subscription the signal that it must obey, and ends it with its session. */
const lastsAsSession = t.middleware(async ({ ctx, signal, next }) => {
  const session = sessionOf(ctx);
  const stop = new AbortController();
  const gone = signal ?? new AbortController().signal;
  const result = await next({ ctx: { stopped: stop.signal } });
  if (!result.ok || !isAsyncIterable(result.data)) return result;
  return { ...result, data: whileSessionLasts(result.data, { session, socket: ctx.socket, stop, gone }) };
});

/** Anybody may call. */
export const publicProcedure = t.procedure.use(answerErrors);

/** Anybody may call, but not over a WebSocket. */
export const cookieProcedure = publicProcedure.use(needsCookies);

/** Whoever is logged in may call; `ctx.userId` is who. */
export const userProcedure = publicProcedure.use(needsSession);

/** Whoever is logged in with a password may call; a bearer token is refused with TOKEN_NOT_ALLOWED. */
export const accountProcedure = userProcedure.use(refusesTokens);

/** A subscription of a user: `ctx.stopped` aborts when the subscriber leaves and when the session ends. */
export const userSubscription = userProcedure.use(lastsAsSession);

/** Calls that cost the server something are counted: a batch of ten counts as ten. */
const counted = (kind: 'change' | 'search') =>
  t.middleware(async ({ ctx, next }) => {
    await ctx.core.limits.take(kind, { userId: sessionOf(ctx).userId });
    return next();
  });

/** A user changes something that stays. */
export const userChange = userProcedure.use(counted('change'));

/** A user has texts searched. */
export const userSearch = userProcedure.use(counted('search'));

/** Administrators may call. */
export const adminProcedure = userProcedure.use(needsAdmin);
