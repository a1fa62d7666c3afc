import type { inferRouterInputs, inferRouterOutputs, TRPCBuiltRouter } from '@trpc/server';
import { withOpenEnvelopes } from './caller.ts';
import type { ErrorShape } from './errors/formatter.ts';
import { auth } from './routers/auth/router.ts';
import { chat } from './routers/chat/router.ts';
import { events } from './routers/events/router.ts';
import { message } from './routers/message/router.ts';
import { system } from './routers/system/router.ts';
import { user } from './routers/user/router.ts';
import { createCallerFactory, router } from './trpc.ts';

/** Everything that Amanda can do, whatever the transport. */
export const appRouter = router({ auth, chat, events, message, system, user });

/** The router as the server has it, its context included. */
export type ServerRouter = typeof appRouter;

/**
 * The type that a typed client needs. It names nothing of the server: a frontend that writes declarations writes it out,
 * context and all.
 */
export type AppRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: true },
  ServerRouter['_def']['record']
>;

const createTrpcCaller = createCallerFactory(appRouter);

/**
 * Calls procedures in this process. Errors are `TRPCError`s whose `cause` is an `AmandaError`; subscriptions give
 * `{ id, data }`.
 */
export const createCaller: typeof createTrpcCaller = (context, options) =>
  withOpenEnvelopes(createTrpcCaller(context, options));

export type Caller = ReturnType<AppRouter['createCaller']>;
export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;
