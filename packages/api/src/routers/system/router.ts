import * as contract from '@amanda/contract';
import { publicProcedure, router } from '../../trpc.ts';

/** The server itself. */
export const system = router({
  health: publicProcedure
    .input(contract.nothing)
    .output(contract.health)
    .query(({ ctx }) => ctx.core.system.health()),

  info: publicProcedure
    .input(contract.nothing)
    .output(contract.info)
    .query(({ ctx }) => ctx.core.system.info()),
});
