export { AmandaError } from '@amanda/core';
export type { Batch, Context, Cookies, Socket, Surface } from './context.ts';
export type { Core } from './core.ts';
export { refusalKindOf } from './errors/count.ts';
export type { ErrorShape } from './errors/formatter.ts';
export { amandaErrorOf, describeError } from './errors/translate.ts';
export {
  type AppRouter,
  appRouter,
  type Caller,
  createCaller,
  type RouterInputs,
  type RouterOutputs,
  type ServerRouter,
} from './router.ts';
