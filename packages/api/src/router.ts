import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { auth } from './routers/auth/router.ts';
import { chat } from './routers/chat/router.ts';
import { events } from './routers/events/router.ts';
import { message } from './routers/message/router.ts';
import { system } from './routers/system/router.ts';
import { user } from './routers/user/router.ts';
import { createCallerFactory, router } from './trpc.ts';

/** Everything that Amanda can do, whatever the transport. */
export const appRouter = router({ auth, chat, events, message, system, user });

/** The type that a typed client needs. It names nothing of the server. */
export type AppRouter = typeof appRouter;

/** Calls procedures in this process. Errors are `TRPCError`s whose `cause` is an `AmandaError`. */
export const createCaller = createCallerFactory(appRouter);

export type Caller = ReturnType<typeof createCaller>;
export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;
