import * as contract from '@amanda/contract';
import { AmandaError } from '@amanda/core';
import { accountProcedure, router, userChange, userProcedure } from '../../trpc.ts';

/** The user's own account. */
export const user = router({
  profile: userProcedure
    .input(contract.nothing)
    .output(contract.user)
    .query(({ ctx }) => ctx.core.accounts.profile(ctx.userId)),

  updateProfile: userChange
    .input(contract.updateProfileInput)
    .output(contract.user)
    .mutation(({ ctx, input }) => ctx.core.accounts.updateProfile(ctx.userId, input)),

  /** Everything of the account goes, and answers being written stop. */
  deleteAccount: accountProcedure
    .input(contract.deleteAccountInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      if (input.password === undefined && ctx.surface !== 'compat') {
        throw new AmandaError('INVALID_INPUT', { details: { field: 'password', reason: 'missing' } });
      }
      await ctx.core.accounts.deleteAccount(ctx.userId, input);
      await ctx.cookies?.clear();
      return {};
    }),
});
