import * as contract from '@amanda/contract';
import { accountProcedure, router } from '../../trpc.ts';

/** Bearer tokens for programs and mobile apps. */
export const tokens = router({
  create: accountProcedure
    .input(contract.createTokenInput)
    .output(contract.createdToken)
    .mutation(({ ctx, input }) => ctx.core.tokens.create(ctx.userId, input)),

  list: accountProcedure
    .input(contract.nothing)
    .output(contract.tokenPage)
    .query(async ({ ctx }) => ({ items: await ctx.core.tokens.list(ctx.userId) })),

  revoke: accountProcedure
    .input(contract.revokeTokenInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.tokens.revoke(ctx.userId, input.tokenId);
      return {};
    }),
});
